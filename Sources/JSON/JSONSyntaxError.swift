/// Where a text stops being JSON, and why.
public struct JSONSyntaxError: Error, Equatable, CustomStringConvertible {
  /// Counted from 1; columns in characters.
  public let line: Int
  public let column: Int
  public let message: String

  public var description: String { "line \(line), column \(column): \(message)" }
}

extension JSONParser {
  func unexpected(_ expected: String) -> JSONSyntaxError {
    guard position < bytes.count else { return error("expected \(expected), got the end of the text") }
    let rest = String(decoding: bytes[position..<min(position + 16, bytes.count)], as: UTF8.self)
    return error("expected \(expected), got \(String(rest.prefix(1)).debugDescription)")
  }

  func error(_ message: String, at position: Int? = nil) -> JSONSyntaxError {
    let before = bytes[..<(position ?? self.position)]
    let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    return JSONSyntaxError(
      line: before.count { $0 == UInt8(ascii: "\n") } + 1,
      column: String(decoding: before[lineStart...], as: UTF8.self).count + 1,
      message: message)
  }
}
