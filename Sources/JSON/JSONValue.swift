/// A JSON document as a value: what a configuration is read from and what reports are written as.
///
/// Members keep their order, and whole numbers are told apart from others as they are written: `64` is an integer,
/// `64.0` and `6.4e1` are numbers.
public enum JSONValue: Sendable, Equatable {
  case null
  case boolean(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([Member])

  public struct Member: Sendable, Equatable {
    public let key: String
    public let value: JSONValue

    public init(_ key: String, _ value: JSONValue) {
      self.key = key
      self.value = value
    }
  }

  /// Reads a text that is one JSON document and nothing else.
  public init(parsing text: String) throws(JSONSyntaxError) {
    self = try JSONParser.parse(text)
  }

  /// The same for the bytes of a file, which must be UTF-8.
  public init(parsing bytes: [UInt8]) throws(JSONSyntaxError) {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw JSONSyntaxError(line: 1, column: 1, message: "expected UTF-8 text")
    }
    try self.init(parsing: text)
  }

  /// The value of a member; nil if there is none or this is not an object.
  public subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  /// What this is, for messages: `an object`, `a string`.
  package var kind: String {
    switch self {
    case .null: "null"
    case .boolean: "true or false"
    case .integer: "a whole number"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }

  /// Every value that is not an object, with the dotted path that leads to it, in the document's order.
  package func leaves(under path: String = "") -> [(path: String, value: JSONValue)] {
    guard case .object(let members) = self else { return [(path, self)] }
    return members.flatMap { $0.value.leaves(under: path.isEmpty ? $0.key : "\(path).\($0.key)") }
  }
}
