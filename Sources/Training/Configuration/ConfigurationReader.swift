import JSON

/// Reads one object of the configuration, field by field.
///
/// Each `read` states everything about its field in one place: key, type, unit, range, default and meaning. From these
/// statements come the values, the problems, the complete configuration as used, and the documentation. A problem
/// does not end the reading: a stand-in value is returned, and whoever started the reading throws at its end.
final class ConfigurationReader {
  private let path: String
  private let given: [JSONValue.Member]
  private let findings: ConfigurationFindings
  private let section: Int
  /// What was read, defaults filled in, in the order of reading.
  private(set) var canonical: [JSONValue.Member] = []

  private init(
    path: String, meaning: String, shorthand: String? = nil, given: [JSONValue.Member], findings: ConfigurationFindings
  ) {
    self.path = path
    self.given = given
    self.findings = findings
    section = findings.sections.count
    findings.sections.append(ConfigurationSection(path: path, meaning: meaning, shorthand: shorthand, fields: []))
  }

  /// Reads a whole document with `read`, which must ask for every key that may occur.
  static func reading<Value>(
    _ document: JSONValue, meaning: String, _ read: (ConfigurationReader) -> Value
  ) -> (value: Value, findings: ConfigurationFindings) {
    let findings = ConfigurationFindings()
    var given: [JSONValue.Member] = []
    if case .object(let members) = document {
      given = members
    } else {
      findings.report(nil, "expected an object, got \(document.kind)")
    }
    let reader = ConfigurationReader(path: "", meaning: meaning, given: given, findings: findings)
    let value = read(reader)
    reader.noteUnknownKeys()
    return (value, findings)
  }

  /// - Parameter defaultValue: nil means that the field must be given.
  func read<Value>(
    _ key: String, _ type: FieldType<Value>, default defaultValue: Value?,
    affects: ConfigurationField.Effect = .weights, _ meaning: String
  ) -> Value {
    declare(key, type.expected, defaultValue.map { type.write($0).line }, affects, meaning)
    guard let value = given.first(where: { $0.key == key })?.value else {
      guard let defaultValue else {
        findings.report(pathOf(key), "missing; expected \(type.expected)")
        return type.standIn
      }
      canonical.append(JSONValue.Member(key, type.write(defaultValue)))
      return defaultValue
    }
    return accept(value, key, type) ?? type.standIn
  }

  /// A field that has no value unless given.
  func readIfGiven<Value>(
    _ key: String, _ type: FieldType<Value>, affects: ConfigurationField.Effect = .weights, _ meaning: String
  ) -> Value? {
    declare(key, type.expected, "not given", affects, meaning)
    return given.first { $0.key == key }.flatMap { accept($0.value, key, type) }
  }

  /// An object inside this one. If it is not given, every field of it takes its default.
  ///
  /// - Parameter shorthand: the key of the field that a plain value stands for; `ConfigurationShorthands` has made an
  ///   object of it before the reading.
  func read<Value>(
    _ key: String, _ meaning: String, shorthand: String? = nil, _ read: (ConfigurationReader) -> Value
  ) -> Value {
    var members: [JSONValue.Member] = []
    if let value = given.first(where: { $0.key == key })?.value {
      if case .object(let inner) = value {
        members = inner
      } else {
        findings.report(pathOf(key), "expected an object, got \(value.line)")
      }
    }
    let reader = ConfigurationReader(
      path: pathOf(key), meaning: meaning, shorthand: shorthand, given: members, findings: findings)
    let value = read(reader)
    reader.noteUnknownKeys()
    canonical.append(JSONValue.Member(key, .object(reader.canonical)))
    return value
  }

  /// Reports a problem of `key` that also concerns the fields `others`. Not reported where one of them already has a
  /// problem.
  func check(_ holds: Bool, _ key: String, with others: String..., message: String) {
    let paths = Set(([key] + others).map(pathOf))
    guard !holds, !findings.problems.contains(where: { $0.path.map(paths.contains) ?? false }) else { return }
    findings.report(pathOf(key), message)
  }

  private func accept<Value>(_ value: JSONValue, _ key: String, _ type: FieldType<Value>) -> Value? {
    guard let accepted = type.read(value) else {
      let advice = type.advice(value).map { ". \($0)" } ?? ""
      findings.report(pathOf(key), "expected \(type.expected); got \(value.line)\(advice)")
      return nil
    }
    canonical.append(JSONValue.Member(key, type.write(accepted)))
    return accepted
  }

  private func declare(
    _ key: String, _ expected: String, _ defaultText: String?, _ affects: ConfigurationField.Effect, _ meaning: String
  ) {
    precondition(!findings.knows(pathOf(key)), "\(pathOf(key)) is declared twice")
    findings.sections[section].fields.append(
      ConfigurationField(
        path: pathOf(key), key: key, expected: expected, defaultText: defaultText, meaning: meaning, affects: affects))
  }

  private func noteUnknownKeys() {
    for key in given.map(\.key) where !findings.knows(pathOf(key)) {
      findings.unknown.append((section: path, key: key))
    }
  }

  private func pathOf(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
}
