import Tensors

/// A field in which two configurations differ.
public struct ConfigurationDifference: Equatable, Sendable, CustomStringConvertible {
  public let path: String
  /// As JSON; nil where the field is not given.
  public let mine: String?
  public let theirs: String?
  /// False for fields that may change when a run is resumed.
  public let affectsWeights: Bool

  public var description: String { "\(path): \(mine ?? "not given") here, \(theirs ?? "not given") there" }
}

extension RunConfiguration {
  /// The full configuration as used, as `config.lock.json` holds it. Reading it gives an equal configuration.
  public var lock: String { canonical.document }

  /// Equal exactly where two configurations are equal, however they were written.
  public var digest: Digest { Digest(of: canonical.line) }

  /// The fields that differ, in the order of the documentation.
  public func differences(from other: RunConfiguration) -> [ConfigurationDifference] {
    let mine = Dictionary(uniqueKeysWithValues: canonical.leaves().map { ($0.path, $0.value.line) })
    let theirs = Dictionary(uniqueKeysWithValues: other.canonical.leaves().map { ($0.path, $0.value.line) })
    return Self.sections.flatMap(\.fields).filter { mine[$0.path] != theirs[$0.path] }.map {
      ConfigurationDifference(
        path: $0.path, mine: mine[$0.path], theirs: theirs[$0.path], affectsWeights: $0.affects == .weights)
    }
  }
}
