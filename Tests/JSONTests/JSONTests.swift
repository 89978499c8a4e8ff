import Foundation
import JSON
import Tensors
import Testing

@Suite struct JSONTests {
  @Test func readsEveryKindOfValue() throws {
    let text = #" { "a": [null, true, false], "b" : {"c":-12, "d":6.4e1}, "e": 0, "f": -0.5E-2, "g": {}, "h": [] } "#
    #expect(
      try JSONValue(parsing: text)
        == .object([
          .init("a", .array([.null, .boolean(true), .boolean(false)])),
          .init("b", .object([.init("c", .integer(-12)), .init("d", .number(64))])),
          .init("e", .integer(0)), .init("f", .number(-0.005)), .init("g", .object([])), .init("h", .array([])),
        ]))
  }

  @Test func aByteOrderMarkIsSkippedAtTheBeginningAlone() throws {
    #expect(try JSONValue(parsing: "\u{FEFF}[1]") == .array([.integer(1)]))
    let error = #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: "[1]\u{FEFF}") }
    #expect(error?.message == "expected the end of the document, got U+FEFF (ZERO WIDTH NO-BREAK SPACE)")
  }

  @Test(arguments: [("\u{A0}1", "U+00A0 (NO-BREAK SPACE)"), ("\u{200B}", "U+200B (ZERO WIDTH SPACE)"), ("é", "\"é\"")])
  func whatCannotBeSeenIsNamed(text: String, name: String) {
    let error = #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: text) }
    #expect(error?.message == "expected a value, got \(name)")
  }

  @Test func whatCannotBeSeenIsWrittenAsItsNumber() throws {
    let value = JSONValue.string("a\u{1B}[31m\u{202E}\u{7F}é")
    #expect(value.line == #""a\u001b[31m\u202e\u007fé""#)
    #expect(try JSONValue(parsing: value.line) == value)
  }

  @Test(arguments: [
    (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{08}\u{0C}\n\r\t"), (#""\u00e9\u20AC""#, "é€"), (#""\ud83d\ude80""#, "🚀"),
    ("\"é€🚀\"", "é€🚀"), (#""\u0000""#, "\0"),
  ])
  func readsStrings(text: String, expected: String) throws {
    #expect(try JSONValue(parsing: text) == .string(expected))
  }

  @Test(arguments: [
    ("", "line 1, column 1: expected a value, got the end of the text"),
    ("{\n  \"a\": tru\n}", "line 2, column 8: expected a value, got \"t\""),
    ("{\"a\": 1\n \"b\": 2}", "line 2, column 2: expected ',' or '}', got \"\\\"\""),
    ("{\"é\": 1,}", "line 1, column 9: expected a key in quotation marks, got \"}\""),
    ("[1,]", "line 1, column 4: expected a value, got \"]\""),
    ("[1", "line 1, column 3: expected ',' or ']', got the end of the text"),
    ("{\"a\" 1}", "line 1, column 6: expected ':', got \"1\""),
    ("{\"a\": 1, \"b\": 2, \"a\": 3}", "line 1, column 18: the key \"a\" is given twice"),
    ("01", "line 1, column 1: a number may not begin with 0"),
    ("-", "line 1, column 2: expected a digit, got the end of the text"),
    ("1.", "line 1, column 3: expected a digit after '.', got the end of the text"),
    ("1e+", "line 1, column 4: expected a digit of the exponent, got the end of the text"),
    ("9223372036854775808", "line 1, column 1: 9223372036854775808 does not fit 64 bits"),
    ("1e400", "line 1, column 1: 1e400 is too large"), ("NaN", "line 1, column 1: expected a value, got \"N\""),
    ("\"ab", "line 1, column 1: this string has no end"), (#""\q""#, "line 1, column 2: there is no such escape"),
    (#""\ud83d""#, "line 1, column 2: half of a surrogate pair"),
    (#""\ude80""#, "line 1, column 2: half of a surrogate pair"),
    (#""\u12g4""#, "line 1, column 6: expected four hexadecimal digits, got \"g\""),
    ("{} // end", "line 1, column 4: expected the end of the document, got \"/\""),
    (String(repeating: "[", count: 65), "line 1, column 65: more than 64 levels of nesting"),
  ])
  func refusesWithTheirPlace(text: String, message: String) throws {
    let error = #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: text) }
    #expect(error?.description == message)
  }

  /// Foundation is the twin: it accepts what is written and finds the same in it.
  @Test(arguments: 0..<50) func whatIsWrittenReadsBackEqual(seed: UInt64) throws {
    var random = KeyedRandom(seed: seed, purpose: .testing)
    let value = JSONValue.object([.init("value", Self.someValue(&random, depth: 0))])
    for text in [value.line, value.document] {
      #expect(try JSONValue(parsing: text) == value, "\(text)")
      let twin = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed) as? NSDictionary
      let again = try JSONSerialization.jsonObject(with: JSONSerialization.data(withJSONObject: #require(twin)))
      #expect(again as? NSDictionary == twin)
    }
    #expect(!value.line.contains("\n"))
  }

  private static func someValue(_ random: inout KeyedRandom, depth: Int) -> JSONValue {
    func text(_ random: inout KeyedRandom) -> String {
      let characters = Array("a\"\\\n\t\u{01}é🚀/ {}[]")
      return String(
        (0..<Int.random(in: 0...6, using: &random)).map { _ in characters.randomElement(using: &random) ?? "x" })
    }
    switch Int.random(in: 0..<(depth < 3 ? 7 : 5), using: &random) {
    case 0: return .null
    case 1: return .boolean(Bool.random(using: &random))
    case 2: return .integer(Int(truncatingIfNeeded: random.next() >> UInt64.random(in: 0...63, using: &random)))
    case 3: return .number(random.normal() * pow(10, Double.random(in: -300...300, using: &random)))
    case 4: return .string(text(&random))
    case 5: return .array((0..<Int.random(in: 0...3, using: &random)).map { _ in someValue(&random, depth: depth + 1) })
    default:
      return .object(
        (0..<Int.random(in: 0...3, using: &random)).map {
          .init("\($0)" + text(&random), someValue(&random, depth: depth + 1))
        })
    }
  }

  @Test func writesWhatIsNotFiniteAsStrings() {
    #expect(
      JSONValue.array([.number(.nan), .number(.infinity), .number(-.infinity)]).line
        == #"["NaN", "Infinity", "-Infinity"]"#)
  }
}
