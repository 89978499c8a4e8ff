import JSON
import Platform

/// What a field of the configuration may hold: how it is described, read and written.
struct FieldType<Value: Sendable>: Sendable {
  /// `a whole number of images, at least 1`: completes "expected".
  let expected: String
  /// Lets the reading go on after a problem, to find the others too; no caller ever sees it.
  let standIn: Value
  /// Nil if the value is not as expected.
  let read: @Sendable (JSONValue) -> Value?
  let write: @Sendable (Value) -> JSONValue
  /// What to say besides of a value that is not as expected.
  var advice: @Sendable (JSONValue) -> String? = { _ in nil }
}

extension FieldType where Value == Int {
  /// - Parameter unit: what is counted, in the plural.
  static func wholeNumber(of unit: String? = nil, _ range: AllowedRange<Int>) -> Self {
    FieldType(
      expected: "a whole number\(unit.map { " of \($0)" } ?? ""), \(range.text)",
      standIn: range.someValue { $0 + 1 },
      read: { value in
        guard case .integer(let number) = value, range.contains(number) else { return nil }
        return number
      },
      write: { .integer($0) })
  }
}

extension FieldType where Value == Int {
  /// One of two or more numbers.
  static func oneOf(_ numbers: [Int]) -> Self {
    let texts = numbers.map { "\($0)" }
    return FieldType(
      expected: texts.dropLast().joined(separator: ", ") + " or " + texts[texts.count - 1],
      standIn: numbers[0],
      read: { value in
        guard case .integer(let number) = value, numbers.contains(number) else { return nil }
        return number
      },
      write: { .integer($0) })
  }
}

extension FieldType where Value == Double {
  static func number(of unit: String? = nil, _ range: AllowedRange<Double>) -> Self {
    FieldType(
      expected: "a number\(unit.map { " of \($0)" } ?? ""), \(range.text)",
      standIn: range.someValue { $0 + 1 },
      read: { value in value.double.flatMap { range.contains($0) ? $0 : nil } },
      write: { .number($0) })
  }
}

extension FieldType where Value == Bool {
  static let flag = FieldType(
    expected: "true or false",
    standIn: false,
    read: { value in
      guard case .boolean(let flag) = value else { return nil }
      return flag
    },
    write: { .boolean($0) })
}

extension FieldType where Value == String {
  static let path = text(
    expected: "a path (a string that is not empty)", where: { !$0.isEmpty && !isForTheShell($0) }, advice: adviceOnPath)

  static let pathOrNothing = text(
    expected: "a path (a string)", where: { !isForTheShell($0) }, advice: adviceOnPath)

  static let folderName = text(expected: "the name of a folder (a string without '/', not '.' or '..')") {
    !$0.isEmpty && $0 != "." && $0 != ".." && !$0.contains("/")
  }

  static let anyText = text(expected: "a string")

  /// `~` and `$HOME` are the shell's to replace, which has no chance to in a file: a folder of that name is not what anyone
  /// means, and the next command that removes it may well remove another.
  private static func isForTheShell(_ path: String) -> Bool {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    return path.hasPrefix("~") || parts.contains { $0.contains(/^\$[A-Za-z_{]/) }
  }

  private static func adviceOnPath(_ text: String) -> String? {
    isForTheShell(text)
      ? "~ and $NAME at the beginning of a part are the shell's, and are not replaced here: write the whole path" : nil
  }

  /// None may hold control characters: it will be shown.
  private static func text(
    expected: String, where isAllowed: @escaping @Sendable (String) -> Bool = { _ in true },
    advice: @escaping @Sendable (String) -> String? = { _ in nil }
  ) -> Self {
    FieldType(
      expected: expected,
      standIn: "",
      read: { value in
        guard case .string(let text) = value, isAllowed(text), isVisible(text) else { return nil }
        return text
      },
      write: { .string($0) },
      advice: { value in
        guard case .string(let text) = value else { return nil }
        return isVisible(text) ? advice(text) : "It may not hold control characters"
      })
  }
}

extension FieldType where Value: RawRepresentable<String> & CaseIterable {
  /// One of the cases of an enumeration, by its name.
  static func choice(of _: Value.Type = Value.self) -> Self {
    let names = Value.allCases.map { "\"\($0.rawValue)\"" }
    return FieldType(
      expected: names.count == 1
        ? "\(names[0]) (the only choice so far)"
        : names.dropLast().joined(separator: ", ") + " or " + names[names.count - 1],
      standIn: Value.allCases[Value.allCases.startIndex],
      read: { value in
        guard case .string(let name) = value else { return nil }
        return Value(rawValue: name)
      },
      write: { .string($0.rawValue) })
  }
}

extension FieldType {
  /// Any number of cases of an enumeration, by their names.
  static func choices<Case: RawRepresentable<String> & CaseIterable & Sendable>(
    of _: Case.Type
  ) -> FieldType where Value == [Case] {
    let names = Case.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
    return FieldType(
      expected: "an array of \(names)",
      standIn: [],
      read: { value in
        guard case .array(let elements) = value else { return nil }
        let cases = elements.compactMap { element in
          if case .string(let name) = element { Case(rawValue: name) } else { nil }
        }
        return cases.count == elements.count ? cases : nil
      },
      write: { .array($0.map { .string($0.rawValue) }) })
  }
}

extension FieldType where Value == [Int] {
  /// Any count of whole numbers, each greater than the one before.
  static func ascendingWholeNumbers(of unit: String, _ range: AllowedRange<Int>) -> Self {
    FieldType(
      expected: "an ascending array of whole numbers of \(unit), each \(range.text)",
      standIn: [],
      read: { value in
        guard case .array(let elements) = value else { return nil }
        let numbers = elements.compactMap { element in
          if case .integer(let number) = element, range.contains(number) { number } else { nil }
        }
        let ascends = zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 }
        return numbers.count == elements.count && ascends ? numbers : nil
      },
      write: { .array($0.map { .integer($0) }) })
  }
}

extension FieldType where Value == [Double] {
  /// Exactly `count` numbers.
  static func numbers(_ count: Int, each range: AllowedRange<Double>) -> Self {
    FieldType(
      expected: "an array of \(count) numbers, each \(range.text)",
      standIn: [],
      read: { value in value.doubles(in: range).flatMap { $0.count == count ? $0 : nil } },
      write: { .array($0.map { .number($0) }) })
  }

  /// Any count of numbers, each greater than the one before.
  static func ascending(of unit: String, each range: AllowedRange<Double>) -> Self {
    FieldType(
      expected: "an ascending array of numbers of \(unit), each \(range.text)",
      standIn: [],
      read: { value in
        value.doubles(in: range).flatMap { numbers in
          zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 } ? numbers : nil
        }
      },
      write: { .array($0.map { .number($0) }) })
  }
}

extension FieldType where Value == ClosedRange<Double> {
  static func interval(_ range: AllowedRange<Double>) -> Self {
    FieldType(
      expected: "an array [least, greatest] of two numbers, each \(range.text)",
      standIn: 1...1,
      read: { value in
        guard let ends = value.doubles(in: range), ends.count == 2, ends[0] <= ends[1] else { return nil }
        return ends[0]...ends[1]
      },
      write: { .array([.number($0.lowerBound), .number($0.upperBound)]) })
  }
}

extension JSONValue {
  fileprivate var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  fileprivate func doubles(in range: AllowedRange<Double>) -> [Double]? {
    guard case .array(let elements) = self else { return nil }
    let numbers = elements.compactMap { $0.double }.filter { range.contains($0) }
    return numbers.count == elements.count ? numbers : nil
  }
}
