import Data
import Testing

/// Labels and names that are right for another program.
@Suite struct LabelFaultTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(_ samples: [(name: String, label: String)], to archive: String = "a.tar") throws {
    var tar = TarArchive()
    for (number, sample) in samples.enumerated() {
      tar.add(sample.name, [UInt8(number)])
      tar.add(sample.name.split(separator: ".").dropLast().joined(separator: ".") + ".cls", Array(sample.label.utf8))
    }
    try folder.file(archive, tar.ended)
  }

  /// WebDataset splits a name at its first dot. Where nothing is found then, the message says so.
  @Test func dotsInKeys() throws {
    try write([("n01.5_x.jpg", "0"), ("n01.5_\u{1B}y.jpg", "1"), ("n02.5_x.jpg", "1"), ("n02.5_y.jpg", "1")])
    let path = folder.path + "/a.tar"
    expectFault(
      path, "samples in the 1 archives",
      #"members are called "n01.5_x.jpg", "n01.5_x.cls", "n01.5_\x1by.jpg" and so on"#,
      "first dot", #"the key "n01" and the ending "5_x.jpg""#, #"as in "n01_5_x.jpg""#
    ) { try TarShards(path: path) }
  }

  @Test func archivesOfOtherThings() throws {
    var tar = TarArchive()
    tar.add("docs/readme.txt", [1])
    tar.add("src/main.c", [2])
    try folder.file("a.tar", tar.ended)
    let path = folder.path + "/a.tar"
    expectFault(path, #"got none: members are called "docs/readme.txt", "src/main.c"."#, "A sample is an image") {
      try TarShards(path: path)
    }
  }

  @Test func labelsOfArchivesFromOne() throws {
    try write([("a.jpg", "1"), ("b.jpg", "3"), ("c.jpg", "2")])
    let path = folder.path + "/a.tar"
    let set = try TarShards(path: path)
    #expect(set.classes.count == 4 && set.notes.count == 1)
    #expect(set.notes.first?.contains("labels seem to begin at 1 (there are 1 to 3, and none of 0)") == true)
    expectFault(path, at: 2560, "3 classes", "got 3", "Labels seem to begin at 1", "subtract 1") {
      try TarShards(path: path, classes: ["x", "y", "z"])
    }
    try folder.file("classes.txt", Array("x\ny\nz\n".utf8))
    expectFault(path, at: 2560, "got 3", "Labels seem to begin at 1") { try TarShards(path: path) }
    // Whoever names a class 0 knows what it is.
    try folder.file("classes.txt", Array("background\nx\ny\nz\n".utf8))
    #expect(try TarShards(path: path).notes == [])
    // A label far out, or with one of 0, is another fault.
    try write([("a.jpg", "0"), ("b.jpg", "4")])
    expectFault(path, at: 2560, "got 4", "Check classes.json or classes.txt") { try TarShards(path: path) }
  }

  @Test func labelsOfIDXFilesFromOne() throws {
    func idx(_ dimensions: [UInt8], _ values: [UInt8]) -> [UInt8] {
      [0, 0, 8, UInt8(dimensions.count)] + dimensions.flatMap { [0, 0, 0, $0] } + values
    }
    try folder.file("train-images-idx3-ubyte", idx([3, 1, 1], [5, 6, 7]))
    try folder.file("train-labels-idx1-ubyte", idx([3], [2, 1, 3]))
    let labels = folder.path + "/train-labels-idx1-ubyte"
    let set = try IDXImages(path: folder.path, role: .training)
    #expect(set.classes.count == 4 && set.notes.first?.hasPrefix(labels + ": labels seem to begin at 1") == true)
    expectFault(labels, at: 10, "label 2", "got 3", "Labels seem to begin at 1") {
      try IDXImages(path: folder.path, role: .training, classes: ["x", "y", "z"])
    }
    expectFault(labels, at: 8, "got 2", "training and validation belong together") {
      try IDXImages(path: folder.path, role: .training, classes: ["x", "y"])
    }
    try folder.file("classes.txt", Array("x\ny\nz\n".utf8))
    expectFault(labels, at: 10, "Labels seem to begin at 1") { try IDXImages(path: folder.path, role: .training) }
  }
}
