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
    return error("expected \(expected), got \(Self.name(of: rest.prefix(1)))")
  }

  /// A character in quotation marks, or by its numbers where it would not be seen as what it is.
  private static func name(of character: Substring) -> String {
    let isPlain = character.unicodeScalars.allSatisfy { scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: false
      case .spaceSeparator: scalar == " "
      default: true
      }
    }
    if isPlain { return String(character).debugDescription }
    return character.unicodeScalars.map { scalar in
      let digits = String(scalar.value, radix: 16, uppercase: true)
      let name = scalar.properties.name ?? scalar.properties.nameAlias
      return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + (name.map { " (\($0))" } ?? "")
    }.joined(separator: " ")
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
