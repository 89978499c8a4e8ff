import Checkpoints
import Tensors
import Testing

/// A tiny checkpoint, damaged in every way that fits in a second.
@Suite struct DamageTests {
  private let folder: TemporaryFolder
  private let path: String
  private let files: MemoryFiles

  init() throws {
    folder = try TemporaryFolder()
    let writer = CheckpointWriter(runFolder: folder.path, keep: 9)
    path = try SmallRun.write(step: 4, with: writer).path
    try SmallRun.write(step: 5, salt: 1, with: writer)
    var contents: [String: [UInt8]] = [:]
    for step in [4, 5] {
      for name in try folder.names("checkpoints/step-0000000\(step)") {
        contents["\(folder.path)/checkpoints/step-0000000\(step)/\(name)"] = try folder.read(
          "checkpoints/step-0000000\(step)/\(name)")
      }
    }
    files = MemoryFiles(contents: contents)
  }

  private var names: [String] { files.contents.keys.filter { $0.hasPrefix("\(path)/") }.sorted() }

  /// What is said of the damaged checkpoint.
  private func reason(_ files: MemoryFiles) throws -> String {
    try refusal { try Checkpoint(opening: path, files: files).verify(files: files) }
  }

  @Test func theUndamagedCheckpointIsNotRefused() throws {
    #expect(names.count == 5)
    #expect(try reason(files) == "accepted")
  }

  @Test func everyTruncationIsRefused() throws {
    for name in names {
      for length in 0..<files.contents[name, default: []].count {
        var damaged = files
        damaged.contents[name]?.removeSubrange(length...)
        let reason = try reason(damaged)
        #expect(reason.contains(name), "\(name) cut to \(length) bytes: \(reason)")
      }
    }
  }

  @Test func everyBitFlipIsRefused() throws {
    for name in names {
      for bit in 0..<8 * files.contents[name, default: []].count {
        var damaged = files
        damaged.contents[name]?[bit / 8] ^= 1 << UInt8(bit % 8)
        let reason = try reason(damaged)
        #expect(reason.contains(name), "\(name), bit \(bit): \(reason)")
      }
    }
  }

  @Test func filesThatGrewWereRemovedOrSwappedAreRefused() throws {
    for name in names {
      var damaged = files
      damaged.contents[name]?.append(0)
      #expect(try reason(damaged) != "accepted", "\(name) grew")
      damaged.contents[name] = nil
      #expect(try reason(damaged).contains(name), "\(name) is gone")
      // The file of the same name of another checkpoint of the same run.
      damaged.contents[name] = files.contents[name.replacing("step-00000004", with: "step-00000005")]
      #expect(try reason(damaged) != "accepted", "\(name) is of another step")
    }
    var damaged = files
    damaged.contents["\(path)/model.safetensors"] = files.contents["\(path)/optimizer.safetensors"]
    damaged.contents["\(path)/optimizer.safetensors"] = files.contents["\(path)/model.safetensors"]
    #expect(try reason(damaged) != "accepted")
  }

  @Test func aRenamedCheckpointIsRefused() throws {
    var damaged = files
    for name in names {
      damaged.contents[name.replacing("step-00000004", with: "step-00000006")] = files.contents[name]
    }
    let search = try CheckpointCatalog(runFolder: folder.path, files: damaged).newestValid()
    #expect(search.refused.map(\.step) == [6])
    #expect(search.checkpoint?.step == 5)
  }

  /// Without digests, only sizes and the manifest's seal are looked at.
  @Test func theCatalogLooksAsCloselyAsAsked() throws {
    var damaged = files
    damaged.contents["\(path)/model.safetensors"]?[200] ^= 1
    let catalog = CheckpointCatalog(runFolder: folder.path, files: damaged)
    func valid(_ check: CheckpointCatalog.Check) throws -> [Int] {
      try catalog.list(check).filter { (try? $0.result.get()) != nil }.map(\.step)
    }
    #expect(try valid(.sizes) == [5, 4])
    #expect(try valid(.digests) == [5])
  }

  /// A file of several chunks; the error says which was altered.
  @Test func anAlteredByteOfALargeFileIsLocated() throws {
    let large = Arena(ArenaLayout([("a", .f32, [1 << 20]), ("b", .f32, [1 << 20 + 7])]))
    let report = try CheckpointWriter(runFolder: "\(folder.path)/large", keep: 1).write(
      CheckpointContents(
        state: SmallRun.state(step: 1), configuration: SmallRun.configuration, model: TensorView.parts(of: large),
        optimizer: []))
    let checkpoint = try Checkpoint(opening: report.path)
    #expect(checkpoint.manifest.file(named: "model.safetensors")?.chunks.count == 3)
    try checkpoint.verify()
    var bytes = try folder.read("large/checkpoints/step-00000001/model.safetensors")
    bytes[5 << 20] ^= 0x80
    try folder.write(bytes, to: "large/checkpoints/step-00000001/model.safetensors")
    let reason = try refusal { try checkpoint.verify() }
    #expect(reason.hasSuffix("model.safetensors: bytes 4194304..<8388608 were altered"))
  }
}
