import Checkpoints
import Tensors
import Testing

@Suite struct RestoreTests {
  private let folder: TemporaryFolder
  private let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = "\(folder.path)/model.safetensors"
    let arena = Arena(SmallRun.model)
    SmallRun.fill(arena, step: 1, salt: 0)
    try SafetensorsWriter.write(TensorView.parts(of: arena), to: path)
  }

  @Test func severalArenasAreFilledFromOneFile() throws {
    let weights = Arena(ArenaLayout([("fc.bias", .f32, [3]), ("conv1.weight", .f32, [2, 1, 2, 2])]))
    let statistics = Arena(ArenaLayout([("bn1.running_mean", .f32, [2]), ("bn1.num_batches_tracked", .i64, [])]))
    let file = try SafetensorsFile(opening: path)
    try file.restore(into: TensorDestination.parts(of: weights) + TensorDestination.parts(of: statistics))
    let expected = Arena(SmallRun.model)
    SmallRun.fill(expected, step: 1, salt: 0)
    for part in SmallRun.model.parts {
      if let found = weights.layout.part(named: part.name) {
        #expect(weights.bytes(of: found).elementsEqual(expected.bytes(of: part)))
      } else if let found = statistics.layout.part(named: part.name) {
        #expect(statistics.bytes(of: found).elementsEqual(expected.bytes(of: part)))
      } else {
        Issue.record("\(part.name) was not restored")
      }
    }
  }

  @Test func everyDifferenceIsReportedAtOnceAndNothingIsWritten() throws {
    let other = Arena(
      ArenaLayout([
        ("conv1.weight", .f32, [2, 1, 3, 3]), ("bn1.running_mean", .f64, [2]), ("fc.bias", .f32, [3]),
        ("a", .f32, [1]), ("b", .f32, [1]), ("c", .f32, [1]), ("d", .f32, [1]), ("e", .f32, [1]),
      ]))
    let error = #expect(throws: CheckpointError.self) {
      try SafetensorsFile(opening: path).restore(into: TensorDestination.parts(of: other))
    }
    guard case .mismatch(let mismatch)? = error else { return }
    #expect(mismatch.missing == ["a", "b", "c", "d", "e"])
    #expect(mismatch.unexpected == ["bn1.num_batches_tracked"])
    #expect(mismatch.different.map(\.name) == ["conv1.weight", "bn1.running_mean"])
    #expect(
      mismatch.description
        == "\(path) is of another network: expected 8 tensors, found 4; 5 missing (a, b, c, and 2 more); "
        + "1 unexpected (bn1.num_batches_tracked); 2 of another shape or type (conv1.weight: expected f32 2x1x3x3, "
        + "found f32 2x1x2x2, bn1.running_mean: expected f64 2, found f32 2). Check the model's name, its options "
        + "and the number of classes, or choose another checkpoint")
    #expect(other.bytes.allSatisfy { $0 == 0 })
  }
}
