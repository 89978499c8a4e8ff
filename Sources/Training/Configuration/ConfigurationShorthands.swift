import JSON

/// The sections that may be written as one plain value, which then stands for one of their fields:
/// `"precision": "bf16"` for `"precision": { "type": "bf16" }`.
struct ConfigurationShorthands {
  /// The field's key, by the section's path.
  private let keys: [String: String]

  init(_ sections: [ConfigurationSection]) {
    keys = Dictionary(
      uniqueKeysWithValues: sections.compactMap { section in section.shorthand.map { (section.path, $0) } })
  }

  /// A document with an object wherever such a section was written as a plain value.
  func expanded(_ value: JSONValue, at path: String = "") -> JSONValue {
    guard case .object(let members) = value else {
      return keys[path].map { .object([JSONValue.Member($0, value)]) } ?? value
    }
    return .object(
      members.map { member in
        let inner = path.isEmpty ? member.key : "\(path).\(member.key)"
        return JSONValue.Member(member.key, expanded(member.value, at: inner))
      })
  }

  /// Where a value from the command line goes: `precision` to `precision.type`, so that what else was set in the section
  /// stays. An object replaces the section, and null takes it out.
  func target(of path: [String], for value: JSONValue) -> [String] {
    switch value {
    case .null, .object: path
    default: path + (keys[path.joined(separator: ".")].map { [$0] } ?? [])
    }
  }
}
