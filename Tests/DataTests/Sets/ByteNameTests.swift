import Data
import Foundation
import Platform
import Tensors
import Testing

/// Names that are no UTF-8, that command a terminal, or that look like others.
@Suite struct ByteNameTests {
  let folder: TemporaryFolder
  var root: String { folder.path + "/tree" }

  init() throws { folder = try TemporaryFolder() }

  private static let odd: [[UInt8]] = [
    Array("caf".utf8) + [0xE9],
    Array("a\nb".utf8),
    Array("red\u{1B}[31m\u{7}".utf8),
    Array("ends".utf8) + [0xC3],
    Array("\u{202E}gpj".utf8),
    [0xFF, 0xFE],
    Array(#"back\slash \xe9"#.utf8),
  ]

  private func write(_ parts: [UInt8]..., bytes: [UInt8]) throws {
    try folder.file(Array("tree".utf8) + parts.flatMap { [UInt8(ascii: "/")] + $0 }, bytes)
  }

  /// A class folder of each odd name, with a file of each odd name, all different.
  private func writeOdd() throws {
    for (number, name) in Self.odd.enumerated() {
      for (other, image) in Self.odd.enumerated() {
        try write(name, image + Array(".jpg".utf8), bytes: [UInt8(number), UInt8(other)])
      }
    }
  }

  private func sorted(_ names: [[UInt8]]) -> [[UInt8]] { names.sorted { $0.lexicographicallyPrecedes($1) } }

  /// Every file is found and read under every name, listed or kept; what is shown can be seen, and leads back.
  @Test func oddNamesAreReadAndShown() throws {
    try writeOdd()
    folder.age()
    let names = sorted(Self.odd)
    let cache = IndexCache(folder: folder.path + "/index", leastNames: 1)
    for pass in 0..<2 {
      let tree = try FolderTree(root: root, cache: cache)
      #expect(tree.classes.map { bytes(ofVisibleText: $0) } == names, "pass \(pass)")
      #expect(tree.count == names.count * names.count && tree.notes == [])
      var contents = ByteBuffer()
      for sample in 0..<tree.count {
        let shown = tree.name(of: sample)
        #expect(isVisible(shown) && !shown.contains("\u{FFFD}"), "\(shown)")
        _ = try tree.read(sample, into: &contents)
        let parts = bytes(ofVisibleText: shown.dropFirst(root.count + 1)).split(separator: UInt8(ascii: "/"))
        let expected = [parts[0], parts[1].dropLast(4)].map { part in Self.odd.firstIndex { $0.elementsEqual(part) } }
        #expect(contents.bytes.map { Int($0) } == expected, "\(shown)")
      }
    }
  }

  /// The classes that a checkpoint remembers, as text, label the same folders again.
  @Test func validationFindsItsClasses() throws {
    try writeOdd()
    let training = try FolderTree(root: root)
    let known = try JSONDecoder().decode([String].self, from: JSONEncoder().encode(training.classes))
    let validation = try FolderTree(root: root, classes: known.reversed())
    #expect((0..<training.count).allSatisfy { validation.label(of: $0) == known.count - 1 - training.label(of: $0) })
    // A checkpoint of an earlier version has names as they are.
    try folder.file("other/a\nb/1.jpg")
    let other = try FolderTree(root: folder.path + "/other", classes: ["x", "a\nb"])
    #expect(other.label(of: 0) == 1 && other.classes == ["x", #"a\x0ab"#])
  }

  @Test func aRootCanBeNamed() throws {
    try folder.file(Array("m\u{7}".utf8) + [0xE9] + Array("/a/1.jpg".utf8), [7])
    let tree = try FolderTree(root: folder.path + "/m\\x07\\xe9")
    var contents = ByteBuffer()
    _ = try tree.read(0, into: &contents)
    #expect(contents.bytes.elementsEqual([7]) && tree.name(of: 0) == folder.path + "/m\\x07\\xe9/a/1.jpg")
    #expect(tree.root == folder.path + "/m\\x07\\xe9")
    #expect(try FolderTree(root: folder.path + "/m\u{7}\\xe9").root == tree.root)
    let missing = dataError { try FolderTree(root: folder.path + "/caf\u{FFFD}") }
    #expect(missing?.description.contains("as in caf\\xe9") == true, "\(missing.debugDescription)")
  }

  @Test func errorsShowNamesEscaped() throws {
    let name = "a\n\u{1B}[2Jb"
    for kind in ["empty", "unknown", "webp", "text"] { try folder.folder("\(kind)/\(name)") }
    try folder.file("empty/z/1.jpg")
    try folder.file("unknown/\(name)/1.jpg")
    try folder.file("webp/\(name)/\(name).webp")
    try folder.file("text/\(name)/1.jpg")
    for kind in ["empty", "unknown", "webp", "none/\(name)"] {
      let error = dataError { try FolderTree(root: "\(folder.path)/\(kind)", classes: ["z"]) }
      let text = try #require(error?.description)
      #expect(isVisible(text) && text.contains(#"a\x0a\x1b[2Jb"#), "\(text)")
    }
    // What is no name is cleaned too: words of a library, a text in a file.
    let error = DataError.corruptImage(path: "x", reason: "chunk \u{1B}]0;\u{7}")
    #expect(error.description.contains(#"chunk \x1b]0;\x07"#) && isVisible(error.description))
    #expect(DataError.unreadable(path: #"caf\xe9"#, reason: "x").description.hasPrefix(#"caf\xe9: "#))
  }

  /// Ordinary names give the digests that they always gave: copies on hosts of two versions are still the same.
  @Test func digestsOfOrdinaryNamesStay() throws {
    for name in ["é/1.png", "b/2.jpg", "b/10.jpg"] { try folder.file("tree/" + name) }
    var stream = DigestStream()
    for text in ["b", "é", "2", "1"] { Array((text + "/").utf8).withUnsafeBytes { stream.append($0) } }
    let names = ["10.jpg", "2.jpg", "1.png"]
    let ends = names.indices.map { names[...$0].joined().utf8.count }
    ends.withUnsafeBytes { stream.append($0) }
    Array(names.joined().utf8).withUnsafeBytes { stream.append($0) }
    #expect(try FolderTree(root: root).digest == stream.digest)
  }

  @Test func digestsTellNamesApart() throws {
    var digests: Set<Digest> = []
    for name in Self.odd + [Array("caf".utf8) + [0xE8], Array("e\u{301}".utf8), Array("é".utf8)] {
      let folder = try TemporaryFolder()
      try folder.file(name + Array("/1.jpg".utf8))
      digests.insert(try FolderTree(root: folder.path).digest)
    }
    #expect(digests.count == Self.odd.count + 3)
  }
}
