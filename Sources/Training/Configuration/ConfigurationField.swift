/// A field of the configuration as the code that reads it declares it; the documentation is written from these.
public struct ConfigurationField: Sendable, Equatable {
  /// From the top of the configuration, with dots: `optimizer.momentum`.
  public let path: String
  /// The part of the path after the last dot.
  public let key: String
  /// Type, unit and range in words.
  public let expected: String
  /// As JSON; nil if the field must be given.
  public let defaultText: String?
  /// One or two sentences.
  public let meaning: String
  /// Whether the trained weights depend on it, so that a resumed run must not change it.
  public let affects: Effect

  public enum Effect: Sendable { case weights, nothing }
}

/// An object of the configuration; the path of the top is empty.
public struct ConfigurationSection: Sendable, Equatable {
  public let path: String
  public let meaning: String
  /// The key of the field that a plain value in place of the object stands for, if it may be written so.
  public let shorthand: String?
  public internal(set) var fields: [ConfigurationField]
}
