import Foundation
import JSON

/// Class names that stand in a small file beside the samples.
enum ClassNames {
  /// A file of more bytes is no list of names.
  private static let sizeLimit = 1 << 26

  /// The names in `classes.json`, an array of strings, or else in `classes.txt`, a name a line; nil if there is neither.
  static func read(beside folder: String) throws(DataError) -> [String]? {
    let json = "\(folder)/classes.json"
    if FileManager.default.fileExists(atPath: json) { return try distinct(array(in: json), json) }
    return try lines(of: "\(folder)/classes.txt")
  }

  /// The lines of a text that are not empty; nil where there is no such file.
  static func lines(of path: String) throws(DataError) -> [String]? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let lines = try text(of: path).split(whereSeparator: \.isNewline).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    return try distinct(lines.filter { !$0.isEmpty }, path)
  }

  /// A file that `read` reads as these names.
  static func file(of names: [String]) -> (name: String, bytes: [UInt8]) {
    let areLines = names.allSatisfy { name in
      !name.contains(where: \.isNewline) && name == name.trimmingCharacters(in: .whitespaces)
    }
    return areLines
      ? ("classes.txt", names.flatMap { Array("\($0)\n".utf8) })
      : ("classes.json", Array(JSONValue.array(names.map { .string($0) }).document.utf8))
  }

  private static func array(in path: String) throws(DataError) -> [String] {
    let text = try text(of: path)
    let document: JSONValue
    do { document = try JSONValue(parsing: text) } catch { throw fault(path, got: "\(error)") }
    guard case .array(let elements) = document else { throw fault(path, got: document.kind) }
    var names: [String] = []
    for element in elements {
      guard case .string(let name) = element else { throw fault(path, got: element.line) }
      names.append(name)
    }
    return names
  }

  private static func text(of path: String) throws(DataError) -> String {
    let file = try DataFile(path, as: "a file of class names")
    guard file.size <= sizeLimit else { throw fault(path, got: "\(file.size) bytes") }
    guard let text = String(validating: try file.bytes(at: 0, count: file.size), as: UTF8.self) else {
      throw fault(path, got: "bytes that are not UTF-8")
    }
    return text
  }

  private static func distinct(_ names: [String], _ path: String) throws(DataError) -> [String] {
    var seen: Set<String> = []
    for name in names where !seen.insert(name).inserted { throw fault(path, got: "\"\(name)\" twice") }
    if names.isEmpty { throw fault(path, got: "none") }
    return names
  }

  private static func fault(_ path: String, got: String) -> DataError {
    .badFile(
      FileFault(
        path, expected: "names of classes, each once (.json: an array of strings; .txt: a name a line)", got: got,
        advice: "Correct or remove the file."))
  }
}
