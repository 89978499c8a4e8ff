/// Everything that is wrong with a configuration, found in one go.
public struct ConfigurationError: Error, Equatable, CustomStringConvertible {
  /// The file that was read, for messages.
  public let source: String
  /// At least one.
  public let problems: [Problem]

  public struct Problem: Equatable, Sendable, CustomStringConvertible {
    /// The field, with dots; nil if the problem is the whole document's.
    public let path: String?
    public let message: String

    public var description: String { path.map { "\($0): \(message)" } ?? message }
  }

  init(source: String, problems: [Problem]) {
    self.source = source
    self.problems = problems
  }

  init(source: String, _ message: String) {
    self.init(source: source, problems: [Problem(path: nil, message: message)])
  }

  /// A field that is well-formed but does not fit the data, the network or another field.
  init(path: String, _ message: String) {
    self.init(source: "configuration", problems: [Problem(path: path, message: message)])
  }

  public var description: String {
    guard problems.count > 1 else { return "\(source): " + problems.map(\.description).joined() }
    return "\(source): \(problems.count) problems" + problems.map { "\n  \($0)" }.joined()
  }
}
