import Foundation

/// What a benchmark measured, for scripts.
public protocol BenchmarkReport: Encodable, Sendable {}

extension BenchmarkReport {
  /// One JSON object on one line, keys in alphabetical order.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}
