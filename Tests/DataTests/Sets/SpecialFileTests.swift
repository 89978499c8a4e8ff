import Data
import Foundation
import Glibc
import Testing

/// What is called like a file and is none. To open a FIFO for reading waits for whoever writes to it, which may be nobody.
@Suite(.timeLimit(.minutes(1))) struct SpecialFileTests {
  let folder: TemporaryFolder
  var root: String { folder.path + "/tree" }

  init() throws {
    folder = try TemporaryFolder()
    try folder.file("tree/a/1.jpg", [1])
    try folder.file("tree/b/1.jpg", [2])
  }

  private func socket(_ name: String) {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let path = Array((folder.path + "/" + name).utf8)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
    let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    let code = withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    #expect(code == 0)
    close(descriptor)
  }

  private func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(atPath: folder.path + "/" + name, withDestinationPath: target)
  }

  private func expect(_ name: String, _ words: String, sourceLocation: SourceLocation = #_sourceLocation) {
    let error = dataError { try FolderTree(root: root) }
    guard case .notAFile(let path, let found)? = error else {
      Issue.record("not named: \(error.debugDescription)", sourceLocation: sourceLocation)
      return
    }
    #expect(path == folder.path + "/" + name && found.contains(words), sourceLocation: sourceLocation)
    #expect(error?.description.contains("Remove it") == true, sourceLocation: sourceLocation)
  }

  @Test func aFIFO() throws {
    try folder.pipe("tree/a/x.jpg")
    expect("tree/a/x.jpg", "a FIFO")
  }

  @Test func aFIFOOfAnotherFormat() throws {
    try folder.pipe("tree/a/x.HEIC")
    expect("tree/a/x.HEIC", "a FIFO")
  }

  @Test func aSocketDeepInAClass() throws {
    try folder.folder("tree/b/c")
    socket("tree/b/c/x.png")
    expect("tree/b/c/x.png", "a socket")
  }

  @Test func links() throws {
    try folder.pipe("elsewhere")
    try link("tree/b/x.jpg", to: "../../elsewhere")
    expect("tree/b/x.jpg", "a FIFO")
    unlink(root + "/b/x.jpg")
    try link("tree/b/y.jpg", to: "/dev/null")
    expect("tree/b/y.jpg", "a device")
  }

  /// Where it is called like no image it is as good as any other file that is none.
  @Test func underOtherNames() throws {
    try folder.pipe("tree/a/notes.txt")
    try folder.pipe("tree/a/.x.jpg")
    try link("tree/b/zero", to: "/dev/zero")
    let tree = try FolderTree(root: root)
    #expect(tree.count == 2 && tree.ignoredFiles == 3)
  }

  @Test func foldersThatAreCalledLikeImages() throws {
    try folder.file("tree/a/slide.jpg/tile.jpg", [3])
    try folder.file("tree/c.jpg/1.jpg", [4])
    #expect(try FolderTree(root: root).classCounts == [2, 1, 1])
    try folder.file("tree/b/x.jpg/notes.txt")
    expect("tree/b/x.jpg", "a folder without images")
  }

  @Test(arguments: ["tree", "tar", "cifar10", "idx"]) func theSetItself(format: String) throws {
    try folder.pipe("train-images-idx3-ubyte")
    let path = folder.path + "/train-images-idx3-ubyte"
    switch format {
    case "tree":
      #expect(dataError { try FolderTree(root: path) } == .notAFolder(path: path, found: "a FIFO (a named pipe)"))
    case "tar": expectFault(path, "got a FIFO") { try TarShards(path: path) }
    case "cifar10": expectFault(path, "got a FIFO") { try CIFARImages(.cifar10, path: path, role: .training) }
    default:
      expectFault(path, "got a FIFO") { try IDXImages(path: path, role: .training) }
      expectFault(path, "got a FIFO") { try IDXImages(path: folder.path, role: .training) }
    }
  }

  @Test func filesBesideTheSamples() throws {
    var archive = TarArchive()
    archive.addSample("s", [1], label: "0")
    try folder.file("tar/a.tar", archive.ended)
    try folder.pipe("tar/classes.txt")
    expectFault(folder.path + "/tar/classes.txt", "a file of class names", "got a FIFO") {
      try TarShards(path: folder.path + "/tar")
    }
    // A link that leads nowhere was meant to say something.
    unlink(folder.path + "/tar/classes.txt")
    try link("tar/classes.txt", to: "nowhere")
    expectFault(folder.path + "/tar/classes.txt", "No such file") { try TarShards(path: folder.path + "/tar") }
    unlink(folder.path + "/tar/classes.txt")
    try folder.folder("tar/b.tar")
    expectFault(folder.path + "/tar/b.tar", "a tar archive", "got a folder") {
      try TarShards(path: folder.path + "/tar")
    }
    rmdir(folder.path + "/tar/b.tar")
    socket("tar/c.tar")
    expectFault(folder.path + "/tar/c.tar", "got a socket") { try TarShards(path: folder.path + "/tar") }
  }

  /// What comes in the place of a file after it was listed, and after that was kept, is not waited for either.
  @Test func whatComesLater() throws {
    let cache = IndexCache(folder: folder.path + "/index", leastNames: 1)
    folder.age()
    let before = try FolderTree(root: root, cache: cache)
    unlink(root + "/a/1.jpg")
    try folder.pipe("tree/a/1.jpg")
    folder.age()
    for tree in [before, try FolderTree(root: root, cache: cache)] {
      tree.announce(0)
      var bytes = ByteBuffer()
      #expect(throws: DataError.notAFile(path: root + "/a/1.jpg", found: "a FIFO (a named pipe)")) {
        try tree.read(0, into: &bytes)
      }
      _ = try tree.read(1, into: &bytes)
      #expect(bytes.bytes.elementsEqual([2]))
    }
    // Listed again, it is named.
    expect("tree/a/1.jpg", "a FIFO")
  }

  /// Something that may be read at once, and is no image, is not read.
  @Test func devices() throws {
    let tree = try FolderTree(root: root)
    unlink(root + "/a/1.jpg")
    try link("tree/a/1.jpg", to: "/dev/zero")
    var bytes = ByteBuffer()
    #expect(throws: DataError.notAFile(path: root + "/a/1.jpg", found: "a device")) { try tree.read(0, into: &bytes) }
  }
}
