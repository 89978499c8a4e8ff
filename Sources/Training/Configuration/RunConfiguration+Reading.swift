import JSON

extension RunConfiguration {
  /// Reads a file, applies `overrides` (each `path=value`) in order, and checks everything.
  ///
  /// - Throws: `ConfigurationError` with all problems at once.
  public init(file path: String, overrides: [String] = []) throws(ConfigurationError) {
    try self.init(text: try Self.text(ofFile: path), source: path, overrides: overrides)
  }

  static func text(ofFile path: String) throws(ConfigurationError) -> String {
    let bytes: [UInt8]
    do {
      bytes = try readFile(path)
    } catch {
      throw ConfigurationError(source: path, "cannot be read: \(error.reason)")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      let isUTF16 = bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
      throw ConfigurationError(source: path, "is not UTF-8 text\(isUTF16 ? " but UTF-16: save it as UTF-8" : "")")
    }
    return text
  }

  /// - Parameter source: what messages call the text: its file, usually.
  public init(text: String, source: String, overrides: [String] = []) throws(ConfigurationError) {
    var document: JSONValue
    do {
      document = try JSONValue(parsing: text)
    } catch {
      throw ConfigurationError(source: source, "not valid JSON: \(error)")
    }
    let shorthands = ConfigurationShorthands(Self.sections)
    document = shorthands.expanded(document)
    var problems: [ConfigurationError.Problem] = []
    for override in overrides {
      do {
        document = try ConfigurationOverride(override, shorthands).applied(to: document)
      } catch {
        problems.append(error)
      }
    }
    let (configuration, findings) = ConfigurationReader.reading(document, meaning: Self.meaning, Self.init(_:))
    problems += findings.allProblems
    guard problems.isEmpty else { throw ConfigurationError(source: source, problems: problems) }
    self = configuration
  }

  /// Every section with its fields, in the order of the documentation.
  public static var sections: [ConfigurationSection] {
    ConfigurationReader.reading(.object([]), meaning: meaning, Self.init(_:)).findings.sections
  }
}
