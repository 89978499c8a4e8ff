import JSON
import Platform

/// Class names that stand in a small file beside the samples. Like all names they are bytes; in the file and in what is
/// returned they are written as people read them, `\xHH` for what cannot be written.
enum ClassNames {
  /// A file of more bytes is no list of names.
  private static let sizeLimit = 1 << 26

  /// The names in `classes.json`, an array of strings, or else in `classes.txt`, a name a line; nil if there is neither.
  static func read(beside folder: BytePath) throws(DataError) -> [String]? {
    let json = folder.appending("classes.json")
    if isPresent(json) { return try distinct(array(in: json), json) }
    return try lines(of: folder.appending("classes.txt"))
  }

  /// The lines of a text that are not empty; nil where there is no such file. Bytes that are no UTF-8 are the name's own.
  static func lines(of path: BytePath) throws(DataError) -> [String]? {
    guard isPresent(path) else { return nil }
    let lines = try content(of: path).split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }.map(trimmed)
    return try distinct(lines.filter { !$0.isEmpty }.map { name(written: $0) }, path)
  }

  /// A file that `read` reads as these names.
  static func file(of names: [String]) -> (name: String, bytes: [UInt8]) {
    let lines = names.map { name(written: Array($0.utf8)) }
    let areLines = lines.allSatisfy { $0.utf8.elementsEqual(trimmed(Array($0.utf8)[...])) }
    return areLines
      ? ("classes.txt", lines.flatMap { Array("\($0)\n".utf8) })
      : ("classes.json", Array(JSONValue.array(lines.map { .string($0) }).document.utf8))
  }

  private static func array(in path: BytePath) throws(DataError) -> [String] {
    let document: JSONValue
    let bytes = try content(of: path)
    do { document = try JSONValue(parsing: bytes) } catch { throw fault(path, got: "\(error)") }
    guard case .array(let elements) = document else { throw fault(path, got: document.kind) }
    var names: [String] = []
    for element in elements {
      guard case .string(let text) = element else { throw fault(path, got: element.line) }
      names.append(name(written: Array(text.utf8)))
    }
    return names
  }

  /// Without the mark that some editors put before UTF-8.
  private static func content(of path: BytePath) throws(DataError) -> [UInt8] {
    let file = try DataFile(path, as: "a file of class names")
    guard file.size <= sizeLimit else { throw fault(path, got: "\(file.size) bytes") }
    let bytes = try file.bytes(at: 0, count: file.size)
    if bytes.contains(0) { throw fault(path, got: "zeros among the bytes (UTF-16?)") }
    return bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes[3...]) : bytes
  }

  private static func name(written line: [UInt8]) -> String {
    guard let text = String(validating: line, as: UTF8.self) else { return visibleText(line) }
    return visibleText(bytes(ofVisibleText: text))
  }

  private static func trimmed(_ line: ArraySlice<UInt8>) -> [UInt8] {
    let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    return Array(line.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
  }

  private static func distinct(_ names: [String], _ path: BytePath) throws(DataError) -> [String] {
    // Not strings, of which two are equal where their letters are, whatever their bytes.
    var seen: Set<[UInt8]> = []
    for name in names where !seen.insert(Array(name.utf8)).inserted { throw fault(path, got: "\"\(name)\" twice") }
    if names.isEmpty { throw fault(path, got: "none") }
    return names
  }

  private static func fault(_ path: BytePath, got: String) -> DataError {
    .badFile(
      FileFault(
        path.text, expected: "names of classes, each once (.json: an array of strings; .txt: a name a line)", got: got,
        advice: "Correct or remove the file."))
  }
}
