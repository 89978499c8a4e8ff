import Platform

extension JSONValue {
  /// One line, without a line break at its end.
  public var line: String {
    var text = ""
    write(to: &text)
    return text
  }

  /// One member a line, indented by two spaces; arrays of plain values stay on one line. Ends with a line break.
  public var document: String {
    var text = ""
    write(to: &text, indentation: 0)
    return text + "\n"
  }

  private func write(to text: inout String, indentation: Int? = nil) {
    switch self {
    case .null: text += "null"
    case .boolean(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .number(let value): text += Self.text(of: value)
    case .string(let value): text += Self.quoted(value)
    case .array(let elements):
      let isPlain = elements.allSatisfy { $0.isPlain }
      Self.write("[", elements, "]", to: &text, indentation: isPlain ? nil : indentation) {
        text, element, indentation in
        element.write(to: &text, indentation: indentation)
      }
    case .object(let members):
      Self.write("{", members, "}", to: &text, indentation: indentation) { text, member, indentation in
        text += Self.quoted(member.key) + ": "
        member.value.write(to: &text, indentation: indentation)
      }
    }
  }

  private static func write<Element>(
    _ opening: String, _ elements: [Element], _ closing: String, to text: inout String, indentation: Int?,
    element write: (inout String, Element, Int?) -> Void
  ) {
    let inner = indentation.map { $0 + 2 }
    let breakBefore = inner.map { "\n" + String(repeating: " ", count: $0) } ?? ""
    text += opening
    for (index, element) in elements.enumerated() {
      text += index == 0 ? breakBefore : inner == nil ? ", " : "," + breakBefore
      write(&text, element, inner)
    }
    if let indentation, !elements.isEmpty { text += "\n" + String(repeating: " ", count: indentation) }
    text += closing
  }

  private var isPlain: Bool {
    switch self {
    case .array, .object: false
    default: true
    }
  }

  /// The shortest decimal number that reads back as the same bits. JSON has no word for what is not finite, so those
  /// are the strings `"NaN"`, `"Infinity"` and `"-Infinity"`, which Python's `float` and JavaScript's `Number` take.
  private static func text(of value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"" }
    return value.description
  }

  private static func quoted(_ value: String) -> String {
    var text = "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where !isVisible(scalar):
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}
