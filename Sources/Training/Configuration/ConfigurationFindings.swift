import Platform

/// What one reading of a configuration found out, apart from the values.
final class ConfigurationFindings {
  typealias Problem = ConfigurationError.Problem

  /// The declarations, in the order of reading.
  var sections: [ConfigurationSection] = []
  /// The problems of fields; unknown keys are apart because their hints need all declarations.
  private(set) var problems: [Problem] = []
  var unknown: [(section: String, key: String)] = []

  func report(_ path: String?, _ message: String) {
    problems.append(Problem(path: path, message: message))
  }

  /// Whether `path` is a declared field or section.
  func knows(_ path: String) -> Bool {
    sections.contains { $0.path == path || $0.fields.contains { $0.path == path } }
  }

  /// All problems: unknown keys first, for they often explain what is missing.
  var allProblems: [Problem] {
    unknown.map {
      Problem(path: visibleText($0.section.isEmpty ? $0.key : "\($0.section).\($0.key)"), message: hint($0))
    } + problems
  }

  private func hint(_ unknown: (section: String, key: String)) -> String {
    let siblings = keys(of: unknown.section)
    if let nearest = nearestKey(to: unknown.key, among: siblings) {
      return "unknown key; nearest known key: \(nearest)"
    }
    let elsewhere = sections.flatMap(\.fields).filter { $0.key == unknown.key }.map(\.path)
    if !elsewhere.isEmpty { return "unknown key here; did you mean \(elsewhere.joined(separator: " or "))?" }
    return "unknown key; known here: \(siblings.joined(separator: ", "))"
  }

  private func keys(of section: String) -> [String] {
    let prefix = section.isEmpty ? "" : section + "."
    let inner = sections.map(\.path).filter { !$0.isEmpty && $0 != section && $0.hasPrefix(prefix) }
      .map { String($0.dropFirst(prefix.count)) }.filter { !$0.contains(".") }
    return (sections.first { $0.path == section }?.fields.map(\.key) ?? []) + inner
  }
}
