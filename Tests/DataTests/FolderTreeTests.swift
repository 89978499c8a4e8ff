import Data
import Foundation
import Testing

@Suite struct FolderTreeTests {
  let temporary: TemporaryFolder
  var root: String { temporary.path }

  init() throws { temporary = try TemporaryFolder() }

  private func names(_ tree: FolderTree) -> [String] {
    (0..<tree.count).map { String(tree.name(of: $0).dropFirst(tree.root.count + 1)) }
  }

  private func labels(_ tree: FolderTree) -> [Int] { (0..<tree.count).map { tree.label(of: $0) } }

  /// Runs `body` and hands its DataError back.
  private func error(_ body: () throws(DataError) -> FolderTree) -> DataError? {
    do throws(DataError) {
      _ = try body()
      return nil
    } catch {
      return error
    }
  }

  @Test func classesAndFilesAreInByteOrder() throws {
    for name in ["b/2.jpg", "b/10.JPEG", "a/x.jpeg", "Z/q.Jpg", "é/1.PNG", "b/sub/deep/1.jpg"] {
      try temporary.file(name)
    }
    for name in ["README.txt", "a/notes.txt", "a/.hidden.png", ".cache/1.jpg", "loose.jpg"] {
      try temporary.file(name)
    }
    let tree = try FolderTree(root: root)
    #expect(tree.classes == ["Z", "a", "b", "é"])
    #expect(names(tree) == ["Z/q.Jpg", "a/x.jpeg", "b/10.JPEG", "b/2.jpg", "b/sub/deep/1.jpg", "é/1.PNG"])
    #expect(labels(tree) == [0, 1, 2, 2, 2, 3])
    #expect(tree.ignoredFiles == 5)
  }

  @Test func readsTheBytesOfTheRightFile() throws {
    try temporary.file("a/1.jpg", [1, 2, 3])
    try temporary.file("a/2.jpg", [4, 5])
    try temporary.file("b/1.jpg", [])
    let tree = try FolderTree(root: root)
    var bytes = ByteBuffer()
    for (sample, expected) in [[1, 2, 3], [4, 5], [], [1, 2, 3]].enumerated() {
      #expect(try tree.read(sample % 3, into: &bytes) == .encoded)
      #expect(Array(bytes.bytes) == expected.map { UInt8($0) })
    }
    try FileManager.default.removeItem(atPath: root + "/a/2.jpg")
    #expect(throws: DataError.unreadable(path: root + "/a/2.jpg", reason: "No such file or directory")) {
      try tree.read(1, into: &bytes)
    }
  }

  @Test func validationUsesTheLabelsOfTraining() throws {
    try temporary.file("a/1.jpg")
    try temporary.file("c/1.jpg")
    let tree = try FolderTree(root: root, classes: ["a", "b", "c", "d"])
    #expect(labels(tree) == [0, 2])
    #expect(tree.classes.count == 4)
    #expect(
      error { () throws(DataError) in try FolderTree(root: root, classes: ["a", "b"]) }
        == .unknownClass(path: root + "/c", knownClasses: 2))
  }

  @Test func linksAreFollowed() throws {
    try temporary.file("elsewhere/1.jpg")
    try temporary.folder("tree")
    try FileManager.default.createSymbolicLink(atPath: root + "/tree/a", withDestinationPath: root + "/elsewhere")
    #expect(names(try FolderTree(root: root + "/tree")) == ["a/1.jpg"])
    try FileManager.default.createSymbolicLink(atPath: root + "/elsewhere/again", withDestinationPath: "../elsewhere")
    guard case .foldersTooDeep = error({ () throws(DataError) in try FolderTree(root: root + "/tree") }) else {
      Issue.record("a circle of links was not noticed")
      return
    }
    try FileManager.default.removeItem(atPath: root + "/elsewhere/again")
    try FileManager.default.createSymbolicLink(atPath: root + "/elsewhere/2.jpg", withDestinationPath: "nowhere")
    #expect(
      error { () throws(DataError) in try FolderTree(root: root + "/tree") }
        == .unreadable(path: root + "/tree/a/2.jpg", reason: "No such file or directory"))
  }

  @Test func whatIsWrongIsNamed() throws {
    func expect(_ path: String, _ expected: DataError, saying words: String) {
      let found = error { () throws(DataError) in try FolderTree(root: path) }
      #expect(found == expected)
      #expect(expected.description.contains(words) && expected.description.contains(root))
    }
    expect(root + "/no", .missingFolder(path: root + "/no"), saying: "no such folder")
    try temporary.file("file.jpg")
    expect(root + "/file.jpg", .notAFolder(path: root + "/file.jpg"), saying: "not a folder")
    expect(root, .noClassFolders(path: root, looseImages: 1), saying: "one folder per class")
    try temporary.file("a/readme.txt")
    try temporary.folder("b")
    expect(root, .noImages(path: root, classFolders: 2), saying: "no JPEG or PNG files")
    try temporary.file("b/1.jpg")
    expect(root, .emptyClass(path: root + "/a", ignoredFiles: 1), saying: "without JPEG or PNG files")
    try temporary.file("a/1.WEBP")
    expect(root, .unsupportedFormat(path: root + "/a/1.WEBP", format: "WebP"), saying: "Convert it to JPEG")
  }

  @Test(.disabled(if: getuid() == 0, "root reads every folder"))
  func unreadableFolder() throws {
    try temporary.folder("a")
    try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: root + "/a")
    #expect(
      error { () throws(DataError) in try FolderTree(root: root) }
        == .unreadable(path: root + "/a", reason: "Permission denied"))
  }
}
