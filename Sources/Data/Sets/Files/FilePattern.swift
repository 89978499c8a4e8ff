/// File names that differ in a number or a word, written as in a shell: `train-{00000..01023}.tar`, `batch_{a,b}.bin`.
/// Braces without `..` or `,` inside stand for themselves.
package enum FilePattern {
  private static let limit = 1_000_000

  /// All paths, in the order in which the first brace varies slowest. A name without braces is itself.
  static func expand(_ pattern: String) throws(DataError) -> [BytePath] {
    var names = [""]
    var rest = pattern[...]
    while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
      let inside = rest[rest.index(after: open)..<close]
      let words = try words(inside, in: pattern) ?? ["{\(inside)}"]
      guard names.count <= limit / words.count else { throw tooMany(pattern) }
      let before = rest[..<open]
      names = names.flatMap { name in words.map { name + before + $0 } }
      rest = rest[rest.index(after: close)...]
    }
    return names.map { BytePath(visible: $0 + rest) }
  }

  /// Whether there is anything under a name, or under the first that a pattern stands for.
  package static func isHere(_ pattern: String) -> Bool {
    guard let first = try? expand(pattern).first else { return false }
    return isPresent(first)
  }

  /// What a brace stands for; nil if for itself.
  private static func words(_ inside: Substring, in pattern: String) throws(DataError) -> [String]? {
    if inside.contains(",") { return inside.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    let ends = inside.split(separator: "..", omittingEmptySubsequences: false)
    guard ends.count == 2 else { return nil }
    guard let first = number(ends[0]), let last = number(ends[1]), first <= last else {
      throw .badFile(
        FileFault(
          BytePath(visible: pattern).text, expected: "an ascending range of whole numbers, as in {00000..01023}",
          got: "{\(inside)}",
          advice: "Correct the pattern."))
    }
    guard last - first < limit else { throw tooMany(pattern) }
    // As a shell does it: a leading zero makes all numbers equally wide.
    let padded = ends.contains { $0.count > 1 && $0.first == "0" }
    let width = padded ? max(ends[0].count, ends[1].count) : 0
    return (first...last).map { number in
      let digits = String(number)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
  }

  private static func number(_ text: Substring) -> Int? {
    text.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") } ? Int(text) : nil
  }

  private static func tooMany(_ pattern: String) -> DataError {
    .badFile(
      FileFault(
        BytePath(visible: pattern).text, expected: "a pattern of at most \(limit) files", got: "more",
        advice: "Correct the pattern."))
  }
}
