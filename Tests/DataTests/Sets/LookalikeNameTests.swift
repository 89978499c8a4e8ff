import Data
import Platform
import Testing

/// Names that people take for each other.
@Suite struct LookalikeNameTests {
  let folder: TemporaryFolder
  private let composed = Array("caf\u{E9}".utf8)
  private let decomposed = Array("cafe\u{301}".utf8)
  private let latin1 = Array("caf".utf8) + [0xE9]

  init() throws { folder = try TemporaryFolder() }

  private func write(_ tree: String, _ names: [UInt8]...) throws {
    for name in names { try folder.file(Array("\(tree)/".utf8) + name + Array("/1.jpg".utf8)) }
  }

  private func fault(training: [UInt8], validation: [UInt8]) throws -> String {
    let folder = try TemporaryFolder()
    try folder.file(Array("train/".utf8) + training + Array("/1.jpg".utf8))
    try folder.file(Array("val/".utf8) + validation + Array("/1.jpg".utf8))
    let classes = try FolderTree(root: folder.path + "/train").classes
    guard case .unknownClass? = dataError({ try FolderTree(root: folder.path + "/val", classes: classes) }) else {
      Issue.record("another name was taken for the class")
      return ""
    }
    let text = dataError { try FolderTree(root: folder.path + "/val", classes: classes) }?.description ?? ""
    return text.replacing(folder.path, with: "")
  }

  @Test func theSameLettersInOtherBytesAreExplained() throws {
    let toComposed = try fault(training: composed, validation: decomposed)
    for word in [
      "same letters in other bytes, decomposed", "NFD", "NFC", "macOS", "convmv -f utf8 -t utf8 --nfc -r --notest /val",
    ] {
      #expect(toComposed.contains(word), "\(toComposed)")
    }
    #expect(try fault(training: decomposed, validation: composed).contains("--nfd"))
    #expect(try fault(training: composed, validation: latin1).contains("convmv -f latin1 -t utf8"))
    #expect(try fault(training: latin1, validation: composed).contains("convmv -f utf8 -t latin1"))
    let letters = try fault(training: Array("Dog".utf8), validation: Array("dog".utf8))
    #expect(
      letters.contains(#"It has "Dog": the same letters, but for upper and lower case. Rename one"#), "\(letters)")
    let other = try fault(training: Array("cat".utf8), validation: Array("dog".utf8))
    #expect(other.contains("Class folders of validation must be named as in training"), "\(other)")
  }

  /// In one tree they are two classes, as their bytes are two; whoever made it is told.
  @Test func bothFormsInOneTreeAreTwoClasses() throws {
    try write("train", composed, decomposed, Array("dog".utf8))
    try write("val", decomposed)
    let training = try FolderTree(root: folder.path + "/train")
    #expect(training.classes.map { Array($0.utf8) } == [decomposed, composed, Array("dog".utf8)])
    #expect(training.notes.count == 1 && training.notes[0].contains("are two classes: they have the same letters"))
    let validation = try FolderTree(root: folder.path + "/val", classes: training.classes)
    #expect(validation.label(of: 0) == 0 && validation.notes == [])
    #expect(try FolderTree(root: folder.path + "/val", classes: training.classes.reversed()).label(of: 0) == 2)
  }

  /// Archives whose names look alike have indices of their own, also where size and time are equal.
  @Test func archivesThatLookAlikeAreNotConfused() throws {
    for (name, label) in [(composed, "3"), (decomposed, "5"), (latin1, "7")] {
      var archive = TarArchive()
      archive.addSample("s", Array(label.utf8), label: label)
      try folder.file(Array("tar/".utf8) + name + Array(".tar".utf8), archive.ended)
    }
    folder.age()
    let cache = IndexCache(folder: folder.path + "/index")
    for pass in 0..<2 {
      let set = try TarShards(path: folder.path + "/tar", cache: cache)
      #expect((0..<set.count).map { set.label(of: $0) } == [5, 3, 7], "pass \(pass)")
      var bytes = ByteBuffer()
      _ = try set.read(2, into: &bytes)
      #expect(bytes.bytes.elementsEqual("7".utf8))
      #expect(set.name(of: 2) == folder.path + "/tar/caf\\xe9.tar, sample s, byte 512")
    }
    #expect(try TarShards(path: folder.path + "/tar/caf\\xe9.tar").label(of: 0) == 7)
  }

  @Test func classesOfArchivesAreComparedByTheirBytes() throws {
    var archive = TarArchive()
    archive.addSample("s", [1], label: "1")
    try folder.file("tar/a.tar", archive.ended)
    try folder.file(Array("tar/classes.txt".utf8), Array("dog\n".utf8) + decomposed + [10])
    let path = folder.path + "/tar"
    #expect(try TarShards(path: path, classes: ["dog", text(decomposed)]).classes.count == 2)
    expectFault(path, "class 1 is", "the same letters in other bytes, decomposed") {
      try TarShards(path: path, classes: ["dog", text(composed)])
    }
    expectFault(path, "2 of them, not 3") {
      try TarShards(path: path, classes: ["dog", text(decomposed), "x"])
    }
  }

  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
