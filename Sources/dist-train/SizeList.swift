import ArgumentParser
import Foundation

/// Message sizes in bytes as the command line gives them: `4096,102230000`, or `4096..268435456` for a ladder whose steps
/// are a factor of 4 apart, or both: `4096..1048576,102230000`.
struct SizeList: ExpressibleByArgument, CustomStringConvertible {
  private static let factor = 4
  /// MPI counts f32 elements with an int.
  private static let allowed = 4...(Int(Int32.max) * 4)

  /// From where a message's latency counts to where the memory's speed does.
  static let usual = SizeList(
    text: "4096..268435456", elementCounts: ladder(from: 4096, to: 256 << 20).map { $0 / 4 })

  private let text: String
  let elementCounts: [Int]
  var description: String { text }

  private init(text: String, elementCounts: [Int]) {
    self.text = text
    self.elementCounts = elementCounts
  }

  init?(argument: String) {
    var counts: [Int] = []
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      guard let sizes = Self.sizes(part) else { return nil }
      counts += sizes.map { $0 / 4 }
    }
    self.init(text: argument, elementCounts: counts)
  }

  private static func sizes(_ part: Substring) -> [Int]? {
    guard let dots = part.range(of: "..") else { return size(part).map { [$0] } }
    guard let first = size(part[..<dots.lowerBound]), let last = size(part[dots.upperBound...]) else { return nil }
    return first <= last ? ladder(from: first, to: last) : nil
  }

  private static func ladder(from first: Int, to last: Int) -> [Int] {
    Array(sequence(first: first) { $0 <= last / factor ? $0 * factor : nil })
  }

  private static func size(_ text: Substring) -> Int? {
    guard let bytes = Int(text), bytes % 4 == 0, allowed.contains(bytes) else { return nil }
    return bytes
  }
}
