import Checkpoints
import Collectives
import Foundation
import Tensors
import Testing
import Training

/// Checkpoints know nothing of a sharded update: any run goes on from any other's.
@Suite struct ShardedCheckpointTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func plan(_ worldSize: Int, sharded: Bool) throws -> RunPlan {
    try tinyPlan(worldSize: worldSize, ["optimizer.sharded=\(sharded)"])
  }

  private func position(_ plan: RunPlan) -> RunPosition {
    var position = RunPosition()
    (position.step, position.samplesSeen) = (1, plan.samples(inFirst: 1))
    return position
  }

  /// Trains a step and saves; the folder of the checkpoint.
  private func save(_ name: String, worldSize: Int, hosts: [Int], sharded: Bool) throws -> String {
    let (plan, position) = (try plan(worldSize, sharded: sharded), try position(plan(worldSize, sharded: sharded)))
    let runFolder = "\(folder.path)/\(name)"
    // The configurations differ in that field alone, and the files in nothing.
    let origin = RunOrigin(try self.plan(worldSize, sharded: false).configuration, images: Digest(value: 5))
    return try onRanks(worldSize, hosts: hosts) { communicator in
      let training = try TrainingStep(plan, communicator: communicator, threads: 1)
      _ = try SmallBatch(plan.samples(step: 0, rank: communicator.rank)).withLocal { try training.run($0, rate: 0.1) }
      let velocity = try training.update.gatherVelocity()
      guard communicator.rank == 0 else { return "" }
      try FileManager.default.createDirectory(atPath: runFolder, withIntermediateDirectories: true)
      let snapshot = Snapshot(of: plan)
      snapshot.take(training.replica, velocity, at: position)
      return try CheckpointWriter(runFolder: runFolder, keep: 1).write(snapshot.contents(plan, origin)).path
    }[0]
  }

  /// Restores, trains a step more, and returns rank 0's weights and velocity.
  private func goOn(_ path: String, worldSize: Int, hosts: [Int], sharded: Bool) throws -> [Digest] {
    let plan = try plan(worldSize, sharded: sharded)
    return try onRanks(worldSize, hosts: hosts) { communicator in
      let training = try TrainingStep(plan, communicator: communicator, threads: 1)
      let position = try Restoration(communicator: communicator).restore(
        training, from: communicator.rank == 0 ? Checkpoint(opening: path) : nil, plan: plan)
      #expect(position?.step == 1)
      _ = try SmallBatch(plan.samples(step: 1, rank: communicator.rank)).withLocal { try training.run($0, rate: 0.1) }
      let velocity = try training.update.gatherVelocity()
      return [training.replica.parameters, training.replica.statistics, velocity.floats].map {
        Digest(of: UnsafeRawBufferPointer($0))
      }
    }[0]
  }

  @Test(arguments: [(2, [2]), (3, [1]), (5, [3, 2])])
  func filesAreTheSameAndAnyRunGoesOn(worldSize: Int, hosts: [Int]) throws {
    let paths = try [false, true].map {
      try save("sharded-\($0)", worldSize: worldSize, hosts: hosts, sharded: $0)
    }
    for file in ["model.safetensors", "optimizer.safetensors", "state.json"] {
      let contents = try paths.map { try Data(contentsOf: URL(fileURLWithPath: "\($0)/\(file)")) }
      #expect(contents[0] == contents[1], "\(file)")
    }
    for (nextSize, nextHosts) in [(worldSize, hosts), (1, [1]), (4, [2])] {
      let ends = try paths.flatMap { path in
        try [false, true].map { try goOn(path, worldSize: nextSize, hosts: nextHosts, sharded: $0) }
      }
      #expect(ends.allSatisfy { $0 == ends[0] }, "on \(nextSize) ranks")
    }
  }
}
