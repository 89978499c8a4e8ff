import Checkpoints
import Tensors
import Testing

/// The optimizer's state in parts, as ranks of a sharded update write it.
@Suite struct OptimizerPartTests {
  private static let layout = ArenaLayout([
    ("conv1.weight", .f32, [2, 1, 2, 2]), ("empty", .f32, [0]), ("fc.bias", .f32, [3]), ("fc.weight", .f32, [3, 9]),
  ])
  private let folder: TemporaryFolder
  private let writer: CheckpointWriter

  init() throws {
    folder = try TemporaryFolder()
    writer = CheckpointWriter(runFolder: folder.path, keep: 1)
  }

  /// Writes a checkpoint whose optimizer's state is the arena's, cut at these elements of it. A rank may have several
  /// pieces: piece p goes to part `owner(p)`.
  private func write(
    _ state: borrowing Arena, cuts: [Int], parts count: Int, owner: (Int) -> Int,
    _ change: (inout [CheckpointManifest.File]) -> Void = { _ in }
  ) throws -> Checkpoint {
    let bounds = [0] + cuts + [state.floats.count]
    var views = [[TensorView]](repeating: [], count: count)
    for piece in 0..<bounds.count - 1 {
      let elements = bounds[piece]..<bounds[piece + 1]
      let bytes = UnsafeRawBufferPointer(UnsafeMutableBufferPointer(rebasing: state.floats[elements]))
      views[owner(piece)] += TensorView.slices(of: Self.layout, elements, in: bytes)
    }
    let parts = (1...count).map { OptimizerPart(views[$0 - 1], number: $0, of: count) }
    let contents = CheckpointContents(
      state: SmallRun.state(step: 7), configuration: SmallRun.configuration, model: [], optimizer: [])
    let pending = try writer.begin(contents, parts: parts.map(\.planned))
    var written = try parts.reversed().map { part in
      try CheckpointManifest.File(json: part.write(inFolder: pending.folder).json)
    }
    change(&written)
    return try Checkpoint(opening: pending.publish(parts: written).path)
  }

  private func filled() -> Arena {
    let arena = Arena(Self.layout)
    for part in Self.layout.parts {
      for (index, address) in arena.floats(of: part).indices.enumerated() {
        arena.floats(of: part)[address] = Float(part.offset + index) + 0.25
      }
    }
    return arena
  }

  @Test(arguments: [([], 1), ([16, 40], 3), ([3, 5, 16, 17, 18, 33, 50, 51], 2), ([0, 0, 64, 64], 4)])
  func partsOfAnyCutAreReadBack(cuts: [Int], parts: Int) throws {
    let state = filled()
    let checkpoint = try write(state, cuts: cuts, parts: parts) { $0 % parts }
    try checkpoint.verify()
    #expect(
      checkpoint.manifest.files.map(\.name).sorted()
        == ["model.safetensors"]
        + (1...parts).map { "optimizer-0000\($0)-of-0000\(parts).safetensors" } + ["state.json"])
    let found = Arena(Self.layout)
    try checkpoint.restoreOptimizer(into: TensorDestination.parts(of: found))
    #expect(found.bytes.elementsEqual(state.bytes))
    let other = try SafetensorsFile(
      opening: "\(checkpoint.path)/optimizer-0000\(parts)-of-0000\(parts).safetensors")
    #expect(other.header.tensors.allSatisfy { $0.shape.dimensions.count == 1 })
  }

  /// conv1.weight takes elements 0..<8 of the arena, fc.bias 16..<19, fc.weight 32..<59.
  @Test func theSlicesOfARange() {
    func names(_ range: Range<Int>) -> [String] { Self.layout.slices(of: range).map { $0.slice.description } }
    #expect(names(0..<64) == ["conv1.weight[0..<8]", "fc.bias[0..<3]", "fc.weight[0..<27]"])
    #expect(names(5..<18) == ["conv1.weight[5..<8]", "fc.bias[0..<2]"])
    #expect(names(40..<41) == ["fc.weight[8..<9]"])
    #expect(names(8..<16) == [] && names(20..<20) == [])
    #expect(Self.layout.slices(of: 5..<18).map(\.elements) == [5..<8, 16..<18])
  }

  private func restored(_ checkpoint: Checkpoint, _ layout: ArenaLayout = layout) throws -> String {
    let found = Arena(layout)
    let reason = try refusal { try checkpoint.restoreOptimizer(into: TensorDestination.parts(of: found)) }
    #expect(reason == "accepted" || found.bytes.allSatisfy { $0 == 0 }, "nothing is written before a refusal")
    return reason
  }

  /// A piece that goes to no part, and one that goes to two.
  @Test func gapsAndOverlapsAreRefusedByName() throws {
    let state = filled()
    let bytes = UnsafeRawBufferPointer(state.floats)
    func part(_ ranges: [Range<Int>], _ number: Int) -> OptimizerPart {
      let views = ranges.flatMap {
        TensorView.slices(of: Self.layout, $0, in: .init(rebasing: bytes[$0.lowerBound * 4..<$0.upperBound * 4]))
      }
      return OptimizerPart(views, number: number, of: 2)
    }
    let contents = CheckpointContents(
      state: SmallRun.state(step: 7), configuration: SmallRun.configuration, model: [], optimizer: [])
    func reason(_ first: [Range<Int>], _ second: [Range<Int>]) throws -> (verify: String, restore: String) {
      let parts = [part(first, 1), part(second, 2)]
      let pending = try writer.begin(contents, parts: parts.map(\.planned))
      let checkpoint = try Checkpoint(
        opening: pending.publish(parts: parts.map { try $0.write(inFolder: pending.folder) }).path)
      return (try refusal { try checkpoint.verify() }, try restored(checkpoint))
    }
    #expect(try reason([0..<32], [32..<64]) == ("accepted", "accepted"))
    let overlap = try reason([0..<40], [35..<64])
    #expect(
      overlap.verify.hasSuffix(
        "step-00000007: the optimizer's state: fc.weight[3..<27] in optimizer-00002-of-00002.safetensors overlaps what "
          + "optimizer-00001-of-00002.safetensors has of it"))
    #expect(overlap.restore == overlap.verify)
    let gap = try reason([0..<40, 50..<64], [44..<46])
    #expect(gap.verify.hasSuffix("fc.weight[8..<12] is in no part") && gap.restore == gap.verify)
    let short = try reason([0..<32], [32..<58])
    #expect(short.verify == "accepted" && short.restore.hasSuffix("fc.weight[26..<27] is in no part"))
    let absent = try reason([0..<8], [32..<64])
    #expect(absent.verify == "accepted" && absent.restore.contains("1 missing (fc.bias)"))
  }

  @Test func anotherNetworkIsRefused() throws {
    let checkpoint = try write(filled(), cuts: [20], parts: 2) { $0 }
    let other = ArenaLayout([("conv1.weight", .f32, [7]), ("fc.bias", .f64, [3]), ("new", .f32, [1])])
    let reason = try restored(checkpoint, other)
    #expect(reason.contains("1 missing (new); 1 unexpected (fc.weight); 2 of another shape or type (conv1.weight:"))
  }

  @Test func aPartThatWasNotWrittenAsPlannedIsRefusedAndNothingIsLeft() throws {
    let reason = try refusal { _ = try write(filled(), cuts: [20], parts: 2, owner: { $0 }) { $0.removeLast() } }
    #expect(reason.contains("expected the parts") && reason.contains("got"))
    #expect(try folder.names("checkpoints") == [])
  }

  @Test func aDiscardedCheckpointLeavesNothing() throws {
    let contents = CheckpointContents(
      state: SmallRun.state(step: 7), configuration: SmallRun.configuration, model: [], optimizer: [])
    let pending = try writer.begin(contents, parts: [.init(name: "optimizer-00001-of-00001.safetensors", bytes: 77)])
    #expect(try folder.names("checkpoints").count == 1)
    #expect(
      try folder.names(String(pending.folder.dropFirst(folder.path.count + 1)))
        == ["manifest.json", "model.safetensors", "optimizer-00001-of-00001.safetensors", "state.json"])
    try pending.discard()
    #expect(try folder.names("checkpoints") == [])
  }
}
