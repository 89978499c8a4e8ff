import Checkpoints
import Tensors
import Testing

/// A network of a few numbers, all of which are functions of the step and a salt, and its run.
struct SmallRun {
  static let model = ArenaLayout([
    ("conv1.weight", .f32, [2, 1, 2, 2]), ("bn1.running_mean", .f32, [2]), ("bn1.num_batches_tracked", .i64, []),
    ("fc.bias", .f32, [3]),
  ])
  static let optimizer = ArenaLayout([("conv1.weight", .f32, [2, 1, 2, 2]), ("fc.bias", .f32, [3])])
  static let configuration = Digest(of: "a configuration")
  static let binary = "0123456789abcdef"

  static func fill(_ arena: borrowing Arena, step: Int, salt: Int) {
    for part in arena.layout.parts {
      let bytes = arena.bytes(of: part)
      for index in bytes.indices {
        bytes[index] = UInt8(truncatingIfNeeded: index &* 31 &+ step &* 7 &+ salt &+ part.offset)
      }
    }
  }

  static func state(step: Int, best: StateRecord.Best? = nil) -> StateRecord {
    StateRecord(
      network: "small", parameterCount: 11, step: step, epoch: step / 10, stepInEpoch: step % 10,
      samplesSeen: step * 64, seed: UInt64(Int.max), worldSize: 3,
      schedule: .init(shape: "cosine", rate: 0.1 / Double(step + 3)), best: best,
      details: ["note": "a \"quoted\" thing / ünïcode"])
  }

  /// - Parameter inParts: whether the optimizer's state is written in two parts, as by two ranks.
  @discardableResult
  static func write(
    step: Int, salt: Int = 0, best: StateRecord.Best? = nil, inParts: Bool = false, with writer: CheckpointWriter
  ) throws -> CheckpointWriter.Report {
    let model = Arena(model)
    let optimizer = Arena(optimizer)
    let averaged = Arena(Self.model)
    fill(model, step: step, salt: salt)
    fill(optimizer, step: step, salt: salt + 1)
    fill(averaged, step: step, salt: salt + 2)
    let contents = CheckpointContents(
      state: state(step: step, best: best), configuration: configuration, binary: binary,
      model: TensorView.parts(of: model), averaged: TensorView.parts(of: averaged),
      optimizer: inParts ? [] : TensorView.parts(of: optimizer))
    guard inParts else { return try writer.write(contents) }
    let parts = [0..<5, 5..<optimizer.floats.count].enumerated().map { index, range in
      let bytes = UnsafeRawBufferPointer(UnsafeMutableBufferPointer(rebasing: optimizer.floats[range]))
      return OptimizerPart(TensorView.slices(of: Self.optimizer, range, in: bytes), number: index + 1, of: 2)
    }
    let pending = try writer.begin(contents, parts: parts.map(\.planned))
    do {
      return try pending.publish(
        parts: parts.map { try $0.write(inFolder: pending.folder, files: writer.files) })
    } catch {
      try? pending.discard()
      throw error
    }
  }

  /// Whether a checkpoint holds what `write` was given.
  static func holds(
    _ checkpoint: Checkpoint, salt: Int = 0, best: StateRecord.Best? = nil, files: any FileOperations = SystemFiles()
  ) throws -> Bool {
    func holds(_ file: Checkpoint.File, _ layout: ArenaLayout, salt: Int) throws -> Bool {
      let found = Arena(layout)
      let expected = Arena(layout)
      try checkpoint.tensors(file, files: files).restore(into: TensorDestination.parts(of: found))
      fill(expected, step: checkpoint.step, salt: salt)
      return found.bytes.elementsEqual(expected.bytes)
    }
    let found = Arena(optimizer)
    let expected = Arena(optimizer)
    try checkpoint.restoreOptimizer(into: TensorDestination.parts(of: found), files: files)
    fill(expected, step: checkpoint.step, salt: salt + 1)
    return try checkpoint.state(files: files) == state(step: checkpoint.step, best: best)
      && holds(.model, model, salt: salt) && holds(.averaged, model, salt: salt + 2)
      && found.bytes.elementsEqual(expected.bytes)
  }
}
