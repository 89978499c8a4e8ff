import Checkpoints
import Foundation
import Tensors
import Testing
import Training

@Suite struct SavedStateTests {
  private func position(_ step: Int, in plan: RunPlan) -> RunPosition {
    var position = RunPosition()
    position.step = step
    position.samplesSeen = plan.samples(inFirst: step)
    position.epoch.loss = 0.1 + 0.2
    position.epoch.samples = 7
    position.epoch.top1Correct = 3
    position.epoch.seconds = 1.0 / 3
    position.best = RunPosition.BestEvaluation(top1Correct: 5, step: 2)
    return position
  }

  private func origin(_ plan: RunPlan) -> RunOrigin { RunOrigin(plan.configuration, images: Digest(value: 5)) }

  @Test(arguments: 2...6) func aPositionComesBackToTheBit(step: Int) throws {
    let plan = try smallPlan()
    let position = position(step, in: plan)
    let record = try StateRecord(plan, position, origin(plan))
    #expect(record.step == step && record.epoch == step / 2 && record.stepInEpoch == step % 2)
    #expect(record.best == StateRecord.Best(score: 5.0 / 21, step: 2))
    #expect(try record.position(in: plan, path: "p") == position)
    #expect(try record == StateRecord(plan, position, origin(plan)), "equal states are equal text")
  }

  @Test(arguments: [
    ("model.classes=5", "number of parameters"), ("model.name=\"resnet34\"", "the network"),
    ("batch.global=4", "the position after 3 steps"), ("batch.global=6", "images trained on"),
    ("steps=2", "after the last of 2"),
  ])
  func anotherRunsStateIsRefused(override: String, complaint: String) throws {
    let plan = try smallPlan()
    let record = try StateRecord(plan, position(3, in: plan), origin(plan))
    let error = #expect(throws: CheckpointError.self) {
      try record.position(in: try smallPlan(override), path: "checkpoint")
    }
    #expect(error?.description.contains(complaint) == true, "\(error as Any)")
    #expect(error?.description.hasPrefix("checkpoint: ") == true)
  }

  @Test func moreStepsAndOtherFoldersAreNotAnotherRun() throws {
    let plan = try smallPlan()
    let record = try StateRecord(plan, position(6, in: plan), origin(plan))
    #expect(try record.position(in: try smallPlan(worldSize: 3, "steps=20"), path: "p") == position(6, in: plan))
  }

  @Test func aStateWithoutAPositionIsRefused() throws {
    let plan = try smallPlan()
    var record = try StateRecord(plan, position(3, in: plan), origin(plan))
    for details in [[:], ["position": "{}"]] {
      record.details = details
      #expect(throws: CheckpointError.self) { try record.position(in: plan, path: "p") }
    }
  }

  @Test func tensorsComeBackToTheBit() throws {
    let folder = try TemporaryFolder()
    let (plan, runFolder) = (try tinyPlan(), folder.path)
    let digests = try onRanks(1) { communicator in
      func fingerprint(_ training: TrainingStep) -> [Digest] {
        [training.replica.parameters, training.replica.statistics, training.update.velocity].map {
          Digest(of: UnsafeRawBufferPointer($0))
        }
      }
      let training = try TrainingStep(plan, communicator: communicator, threads: 1)
      _ = try SmallBatch(0..<3).withLocal { try training.run($0, rate: 0.1) }
      let snapshot = Snapshot(of: plan)
      snapshot.take(training.replica, try training.update.gatherVelocity(), at: position(3, in: plan))
      let report = try CheckpointWriter(runFolder: runFolder, keep: 1).write(snapshot.contents(plan, origin(plan)))
      let restored = try TrainingStep(plan, communicator: communicator, threads: 1)
      let fresh = fingerprint(restored)
      let position = try Restoration(communicator: communicator).restore(
        restored, from: Checkpoint(opening: report.path), plan: plan)
      #expect(position == self.position(3, in: plan))
      return [fingerprint(training), fresh, fingerprint(restored)]
    }[0]
    #expect(digests[0] == digests[2])
    #expect(zip(digests[0], digests[1]).allSatisfy { $0 != $1 })
  }
}
