import Fabrics

/// Memory of every rank of a host that all of them see: parts of equal size, this rank's among them.
///
/// What lies at the same place in every part can be added up without being sent. Made by `Communicator.makeWindow`.
public final class SharedWindow {
  /// This rank's part: zero-filled, aligned to a cache line. Valid as long as the window.
  public let bytes: UnsafeMutableRawBufferPointer
  /// Every part's address, in the order of the host's ranks.
  let parts: [UnsafeMutableRawPointer]
  /// Tells the windows of a communicator apart.
  let number: Int
  private let segment: SharedSegment

  init(_ segment: SharedSegment, number: Int, ranks: Int, position: Int, bytesPerRank: Int) {
    (self.segment, self.number) = (segment, number)
    let stride = Self.stride(bytesPerRank: bytesPerRank)
    let start = segment.bytes.baseAddress!
    parts = (0..<ranks).map { start + $0 * stride }
    bytes = UnsafeMutableRawBufferPointer(start: parts[position], count: bytesPerRank)
  }

  static func stride(bytesPerRank: Int) -> Int { (bytesPerRank + 4095) / 4096 * 4096 }

  /// Where values lie in this rank's part, in bytes; nil where they do not.
  func offset(of values: UnsafeMutableBufferPointer<Float>) -> Int? {
    guard let start = values.baseAddress, let base = bytes.baseAddress else { return nil }
    let offset = UnsafeMutableRawPointer(start) - base
    return offset >= 0 && offset + values.count * 4 <= bytes.count ? offset : nil
  }

  /// Names a place for headings: the same number on every rank, and never 0.
  func place(atOffset offset: Int) -> UInt64 { UInt64(number + 1) << 48 | UInt64(offset) }
}
