import Data
import Foundation
import Testing

/// What is kept about a folder tree, and when it is not believed.
@Suite struct TreeListingTests {
  let folder: TemporaryFolder
  let cache: IndexCache
  /// Of the last change of every folder, as far as their times say.
  let date = Date(timeIntervalSinceNow: -60)
  var root: String { folder.path + "/tree" }

  init() throws {
    folder = try TemporaryFolder()
    cache = IndexCache(folder: folder.path + "/index", leastNames: 1)
    for name in ["a/1.jpg", "a/2.jpg", "b/inner/3.jpg", "b/4.jpg", "c/5.jpg", "b/notes.txt", "loose.jpg", ".hidden"] {
      try folder.file("tree/" + name)
    }
    try age()
  }

  /// Makes all folders look as if nothing had changed for a minute.
  private func age() throws {
    for name in ["", "/a", "/b", "/b/inner", "/c"] where FileManager.default.fileExists(atPath: root + name) {
      try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: root + name)
    }
  }

  private func rename(_ name: String, _ other: String) throws {
    try FileManager.default.moveItem(atPath: root + "/" + name, toPath: root + "/" + other)
    try age()
  }

  private func names(_ tree: FolderTree) -> [String] {
    (0..<tree.count).map { String(tree.name(of: $0).dropFirst(root.count + 1)) }
  }

  private func names() throws -> [String] { names(try FolderTree(root: root, cache: cache)) }

  private let all = ["a/1.jpg", "a/2.jpg", "b/4.jpg", "b/inner/3.jpg", "c/5.jpg"]

  @Test func whatIsKeptIsUsed() throws {
    #expect(try names() == all)
    // Only who lists a folder again notices another name without a change of the folder's time and size.
    try rename("a/1.jpg", "a/3.jpg")
    let kept = try FolderTree(root: root, cache: cache)
    #expect(names(kept) == all && kept.ignoredFiles == 3 && kept.classCounts == [2, 2, 1])
    #expect((0..<5).map { kept.label(of: $0) } == [0, 0, 1, 1, 2])
    #expect(names(try FolderTree(root: root)) == ["a/2.jpg", "a/3.jpg"] + all[2...])
    var bytes = ByteBuffer()
    #expect(try kept.read(3, into: &bytes) == .encoded)
  }

  @Test(arguments: ["a", "b", "b/inner", "c"])
  func aNewFileIsNoticed(place: String) throws {
    #expect(try names() == all)
    try folder.file("tree/\(place)/9.jpg")
    #expect(try names() == (all + ["\(place)/9.jpg"]).sorted())
  }

  @Test func classesThatComeAndGoAreNoticed() throws {
    #expect(try names() == all)
    try folder.file("tree/d/6.jpg")
    #expect(try names() == all + ["d/6.jpg"])
    try age()
    try FileManager.default.removeItem(atPath: root + "/a")
    #expect(try names() == Array(all[2...]) + ["d/6.jpg"])
    try FileManager.default.moveItem(atPath: root + "/c", toPath: root + "/e")
    #expect(try names() == ["b/4.jpg", "b/inner/3.jpg", "d/6.jpg", "e/5.jpg"])
  }

  /// A folder that changed just before it was listed may change again within a step of its time.
  @Test func whatIsNewIsListedAgain() throws {
    let now = Date()
    try FileManager.default.setAttributes([.modificationDate: now], ofItemAtPath: root + "/a")
    #expect(try names() == all)
    try rename("a/2.jpg", "a/7.jpg")
    try FileManager.default.setAttributes([.modificationDate: now], ofItemAtPath: root + "/a")
    #expect(try names()[1] == "a/7.jpg")
  }

  /// Labels are those of the training set, whichever of its classes are here and in whatever order they are.
  @Test func labelsAreThoseOfTheGivenClasses() throws {
    for _ in 0..<2 {
      let tree = try FolderTree(root: root, classes: ["x", "c", "a", "b"], cache: cache)
      #expect((0..<5).map { tree.label(of: $0) } == [2, 2, 3, 3, 1])
      #expect(tree.classCounts == [0, 1, 2, 2])
      #expect(
        dataError { try FolderTree(root: root, classes: ["a", "c"], cache: cache) }
          == .unknownClass(path: root + "/b", knownClasses: 2))
    }
  }

  @Test func aDamagedIndexIsMadeAgain() throws {
    #expect(try names() == all)
    let index =
      folder.path + "/index/" + (try FileManager.default.contentsOfDirectory(atPath: folder.path + "/index")[0])
    let good = [UInt8](try Foundation.Data(contentsOf: URL(fileURLWithPath: index)))
    try rename("c/5.jpg", "c/0.jpg")
    for number in 0..<100 {
      var bytes = good
      if number.isMultiple(of: 2) {
        bytes[number * 7919 % good.count] ^= 2
      } else {
        bytes.removeLast(number % good.count)
      }
      try Foundation.Data(bytes).write(to: URL(fileURLWithPath: index))
      #expect(try names().last == "c/0.jpg", "damage \(number)")
    }
    try Foundation.Data(good).write(to: URL(fileURLWithPath: index))
    #expect(try names() == all)
  }

  @Test func smallTreesAreNotKept() throws {
    #expect(try FolderTree(root: root, cache: IndexCache(folder: folder.path + "/index")).count == 5)
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/index"))
  }
}
