import JSON
import Foundation

/// A small JSON file of a checkpoint: written in one form only, read without guessing.
protocol StrictRecord: Codable {
  /// The version this build writes, and the only one it reads.
  static var currentFormat: Int { get }
  /// What is wrong with values that have the right types; nil when nothing is.
  var problem: String? { get }
}

extension StrictRecord {
  /// The record as JSON with sorted keys. Throws when a number is not finite.
  func encoded() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  /// Throws `CheckpointError.broken` for anything but a record of this build's format: other versions, missing or
  /// unknown keys, values of the wrong type or outside their range.
  init(decoding text: [UInt8], path: String) throws {
    func broken(_ reason: String) -> CheckpointError { .broken(path: path, reason: reason) }
    let tree: JSONValue
    do {
      tree = try JSONValue(parsing: text)
    } catch {
      throw broken("not valid JSON: \(error)")
    }
    guard case .integer(let format)? = tree["format_version"] else {
      throw broken("no whole number 'format_version'; it is not a record of this program")
    }
    guard format == Self.currentFormat else {
      throw broken(
        "format_version \(format); this build reads \(Self.currentFormat). Use the build that wrote the checkpoint")
    }
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(text))
    } catch let error as DecodingError {
      throw broken(error.inWords)
    }
    let known = try JSONValue(parsing: try encoded())
    if let key = tree.firstKey(missingIn: known) { throw broken("unknown key '\(key)'") }
    if let problem { throw broken(problem) }
  }
}

extension JSONValue {
  /// The path of a key that this tree has and `other` has not.
  fileprivate func firstKey(missingIn other: JSONValue, at path: String = "") -> String? {
    switch (self, other) {
    case (.object(let members), .object):
      for member in members {
        let (key, value) = (member.key, member.value)
        let keyPath = path.isEmpty ? key : "\(path).\(key)"
        guard let twin = other[key] else { return keyPath }
        if let found = value.firstKey(missingIn: twin, at: keyPath) { return found }
      }
    case (.array(let elements), .array(let others)):
      for (index, (element, twin)) in zip(elements, others).enumerated() {
        if let found = element.firstKey(missingIn: twin, at: "\(path)[\(index)]") { return found }
      }
    default: break
    }
    return nil
  }
}

extension DecodingError {
  /// One line that names the key.
  fileprivate var inWords: String {
    switch self {
    case .keyNotFound(let key, let context): "no key '\(Self.path(context.codingPath + [key]))'"
    case .typeMismatch(let type, let context):
      "'\(Self.path(context.codingPath))': expected \(Self.word(for: type)), got another type"
    case .valueNotFound(let type, let context):
      "'\(Self.path(context.codingPath))': expected \(Self.word(for: type)), got null"
    case .dataCorrupted(let context):
      // The text is JSON, as has been checked; what Foundation still refuses, without a key, is a number.
      context.codingPath.isEmpty
        ? "a number that has a fraction or is too large, where a whole number is expected"
        : "'\(Self.path(context.codingPath))': \(context.debugDescription)"
    @unknown default: "\(self)"
    }
  }

  private static func path(_ keys: [any CodingKey]) -> String {
    keys.reduce("") { path, key in
      if let index = key.intValue { return "\(path)[\(index)]" }
      return path.isEmpty ? key.stringValue : "\(path).\(key.stringValue)"
    }
  }

  private static func word(for type: any Any.Type) -> String {
    switch type {
    case is any BinaryInteger.Type: "a whole number"
    case is any BinaryFloatingPoint.Type: "a number"
    case is String.Type: "a string"
    default: "a value of type \(type)"
    }
  }
}
