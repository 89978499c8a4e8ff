import JSON

/// A change to a configuration from the command line: `path=value`.
///
/// The value is taken as JSON if it is JSON, otherwise as a string; `null` takes the key out.
struct ConfigurationOverride: Equatable {
  let path: [String]
  let value: JSONValue

  /// - Throws: `ConfigurationError.Problem` if there is no `=` or a part of the path is empty.
  init(_ text: String, _ shorthands: ConfigurationShorthands) throws(ConfigurationError.Problem) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let given = parts[0].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, !given.contains("") else {
      throw ConfigurationError.Problem(
        path: nil, message: "--set \(text): expected path=value, as in --set optimizer.momentum=0.8")
    }
    value = (try? JSONValue(parsing: parts[1])) ?? .string(parts[1])
    path = shorthands.target(of: given, for: value)
  }

  /// Objects on the way that do not exist are made.
  func applied(to document: JSONValue) throws(ConfigurationError.Problem) -> JSONValue {
    try set(path[...], in: document)
  }

  private func set(_ rest: ArraySlice<String>, in container: JSONValue) throws(ConfigurationError.Problem) -> JSONValue
  {
    guard let key = rest.first else { return value }
    guard case .object(var members) = container else {
      let reached = path[..<rest.startIndex].joined(separator: ".")
      throw ConfigurationError.Problem(
        path: path.joined(separator: "."),
        message: "--set cannot go into \(reached.isEmpty ? "the document" : reached), which is \(container.kind)")
    }
    let index = members.firstIndex { $0.key == key }
    if rest.count == 1, value == .null {
      if let index { members.remove(at: index) }
      return .object(members)
    }
    let member = JSONValue.Member(key, try set(rest.dropFirst(), in: index.map { members[$0].value } ?? .object([])))
    if let index { members[index] = member } else { members.append(member) }
    return .object(members)
  }
}

extension ConfigurationError.Problem: Error {}
