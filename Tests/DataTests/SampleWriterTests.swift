import Data
import Foundation
import Synchronization
import Testing

@Suite struct SampleWriterTests {
  private struct Stop: Error {}

  private let specification: SampleSpecification

  init() throws { specification = try SampleSpecification(classes: 3, train: 20, validation: 7, size: 32, seed: 5) }

  /// Calls `body` with a folder of its own, which is gone afterwards.
  private func inFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "sample-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  /// Relative paths and contents of all files below a folder.
  private func files(_ folder: URL) throws -> [String: Foundation.Data] {
    let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    var files: [String: Foundation.Data] = [:]
    for path in paths {
      let url = folder.appending(path: path)
      let isFolder = try url.resourceValues(forKeys: [.isDirectoryKey]).isDirectory ?? false
      if !isFolder { files[path] = try Foundation.Data(contentsOf: url) }
    }
    return files
  }

  @discardableResult
  private func write(_ specification: SampleSpecification, to folder: URL, threads: Int = 2) throws
    -> SampleWriter.Outcome
  {
    try SampleWriter(specification, threads: threads).write(to: folder.path) { _ in }
  }

  @Test func writesEveryImageAndTheRecord() throws {
    try inFolder { folder in
      let sample = folder.appending(path: "data/new/sample")
      #expect(try write(specification, to: sample) == .written)
      let files = try files(sample)
      let paths = specification.images.map(specification.path(of:))
      #expect(Set(files.keys) == Set(paths + ["sample.json"]))
      for image in specification.images {
        let file = try #require(files[specification.path(of: image)])
        let header = try #require(SampleJPEGHeader(Array(file)))
        let scene = SampleScene(specification, image)
        #expect(header.width == scene.width && header.height == scene.height)
      }
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "data/new").path) == ["sample"])
    }
  }

  @Test func threadsDoNotChangeTheBytes() throws {
    try inFolder { folder in
      let larger = try SampleSpecification(classes: 4, train: 150, validation: 50, size: 32)
      for threads in [1, 2, 5] { try write(larger, to: folder.appending(path: "\(threads)"), threads: threads) }
      let one = try files(folder.appending(path: "1"))
      #expect(one.count == 201)
      #expect(try files(folder.appending(path: "2")) == one)
      #expect(try files(folder.appending(path: "5")) == one)
      // No file twice, so the splits share none either.
      #expect(Set(one.values).count == 201)
    }
  }

  @Test func progressCountsEveryImageOnce() throws {
    try inFolder { folder in
      let counts = Counts()
      _ = try SampleWriter(specification, threads: 3).write(to: folder.path) { counts.add($0) }
      #expect(counts.sorted == Array(1...27))
    }
  }

  @Test func theSameSetIsNotWrittenAgain() throws {
    try inFolder { folder in
      try write(specification, to: folder)
      let before = try files(folder)
      #expect(try write(specification, to: folder) == .alreadyThere)
      #expect(try files(folder) == before)
    }
  }

  @Test func anotherSetIsRefused() throws {
    try inFolder { folder in
      try write(specification, to: folder)
      let before = try files(folder)
      let other = try SampleSpecification(classes: 3, train: 20, validation: 7, size: 32, seed: 6)
      let error = #expect(throws: SampleError.self) { try write(other, to: folder) }
      #expect(error?.description.contains("size 32, seed 5, version 1), expected 3 classes") == true)
      #expect(try files(folder) == before)
    }
  }

  @Test func aSetThatLacksFilesIsRefused() throws {
    try inFolder { folder in
      try write(specification, to: folder)
      try FileManager.default.removeItem(at: folder.appending(path: "val/striped_ring/0000004.jpg"))
      let error = #expect(throws: SampleError.self) { try write(specification, to: folder) }
      #expect(error?.description.contains("lacks 1 files, such as val/striped_ring/0000004.jpg") == true)
    }
  }

  @Test(arguments: ["photo.jpg", "sample.json", ".hidden"])
  func aFolderWithSomethingElseIsRefused(name: String) throws {
    try inFolder { folder in
      try Foundation.Data("mine".utf8).write(to: folder.appending(path: name))
      let error = #expect(throws: SampleError.self) { try write(specification, to: folder) }
      #expect(error?.description.contains("Nothing was changed") == true)
      #expect(try files(folder) == [name: Foundation.Data("mine".utf8)])
    }
  }

  @Test func aFileInTheWayIsRefused() throws {
    try inFolder { folder in
      let file = folder.appending(path: "file")
      try Foundation.Data("mine".utf8).write(to: file)
      let inPlace = #expect(throws: SampleError.self) { try write(specification, to: file) }
      #expect(inPlace?.description.contains("is not a folder") == true)
      let above = #expect(throws: SampleError.self) { try write(specification, to: file.appending(path: "sample")) }
      #expect(above?.description.contains("Not a directory") == true)
    }
  }

  @Test func aLinkToAnEmptyFolderIsFollowed() throws {
    try inFolder { folder in
      let target = folder.appending(path: "target")
      let link = folder.appending(path: "link")
      try FileManager.default.createDirectory(at: target, withIntermediateDirectories: false)
      try FileManager.default.createSymbolicLink(at: link, withDestinationURL: target)
      #expect(try write(specification, to: link) == .written)
      #expect(try files(target).count == 28)
      #expect(try write(specification, to: link) == .alreadyThere)
    }
  }

  @Test func stoppedInTheMiddleNothingIsLeft() throws {
    try inFolder { folder in
      let sample = folder.appending(path: "sample")
      let writer = SampleWriter(specification, threads: 2)
      #expect(throws: Stop.self) {
        _ = try writer.write(to: sample.path) { done in if done == 9 { throw Stop() } }
      }
      let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(left == [])
    }
  }
}

/// Numbers collected from several threads.
private final class Counts: Sendable {
  private let values = Mutex<[Int]>([])
  var sorted: [Int] { values.withLock { $0.sorted() } }
  func add(_ value: Int) { values.withLock { $0.append(value) } }
}
