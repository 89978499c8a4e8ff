import Checkpoints
import Collectives
import Fabrics
import Foundation

/// The coordinator's rank of a job that has one of its own: it receives reports and snapshots from the trainers, evaluates and
/// saves in the order of steps, and owns the run's folder.
///
/// Its thread owns MPI and never does anything long; evaluations and checkpoints have threads of their own.
final class CoordinatorRun {
  private enum Stage {
    case idle
    case receiving(SnapshotNotice, SnapshotTransfer)
    case evaluating(SnapshotNotice)
  }

  private let preparation: Preparation
  private let coordinator: Coordinator
  private let faults: FaultInjector?
  private let snapshot: Snapshot
  private let evaluator: SnapshotEvaluator
  private let line: CoordinationLine<CoordinatorMessage, TrainersMessage>
  private let start = ContinuousClock.now
  private var stage = Stage.idle
  /// Snapshots that have not been received.
  private var announced: [SnapshotNotice] = []
  /// Of the last snapshot, with the evaluations so far.
  private var position: RunPosition
  /// When the steps before the snapshots ended, by their steps.
  private var beginnings: [Int: ContinuousClock.Instant] = [:]
  private var end: RunEnd?
  /// Steps after which an evaluation reached the target. What comes later does not count.
  private var targetStep: Int?
  private var trainersHaveLeft = false
  private var hasPassedOnStop = false
  private let timeLimit: TimeLimit
  /// Why this rank cannot go on.
  private var failure: (any Error)?

  private var fabric: any Fabric { preparation.everyone.fabric }
  private var plan: RunPlan { preparation.plan }
  private var leader: Int { preparation.roles.trainers[0] }

  /// Step by step with `TrainingRun.init` on the trainers. Throws `JobFailure` on every rank when the run cannot be prepared on
  /// one.
  init(_ preparation: Preparation, _ request: JobRequest) throws {
    let (plan, leader) = (preparation.plan, preparation.roles.trainers[0])
    let consensus = Consensus(communicator: preparation.everyone)
    let faults = try consensus.attempt {
      try FaultInjector(request, plan, rank: preparation.roles.coordinator, preparation.logger)
    }
    let coordinator = try consensus.attempt {
      try Coordinator(preparation, request: request, files: faults?.files ?? SystemFiles())
    }
    _ = try preparation.share(coordinator.resumedConfiguration, from: preparation.roles.coordinator)
    let snapshot = Snapshot(of: plan)
    evaluator = try consensus.attempt {
      try SnapshotEvaluator(
        plan, images: preparation.data.validation, threads: preparation.threads, snapshot: snapshot)
    }
    let configuration = try preparation.share(nil, from: leader) ?? plan.configuration
    let restored = try Restoration(communicator: preparation.everyone, trainers: preparation.communicator).restore(
      snapshot, from: coordinator.checkpointToResume, plan: plan)
    let position = restored ?? RunPosition()
    try consensus.attempt { try coordinator.begin(at: position, configuration, snapshot: snapshot) }
    (self.preparation, self.coordinator, self.snapshot, self.position) = (preparation, coordinator, snapshot, position)
    // Trainers who have lost one of their own say more about it, so they have the first word.
    line = CoordinationLine(preparation.everyone.fabric, peer: leader, timeout: preparation.everyone.timeout * 2)
    timeLimit = TimeLimit.ofProcess(preparation)
    self.faults = faults
  }

  /// Serves the trainers until they have ended; returns the status that all ranks leave with. Throws the same `JobFailure` as
  /// they do.
  func run() throws -> ExitStatus {
    defer {
      coordinator.endProgress()
      evaluator.end()
    }
    if try preparation.isComplete(coordinator, at: position) { return .done }
    preparation.everyone.note(step: position.step, phase: "coordination")
    var idlePolls = 0
    var status: ExitStatus?
    while status == nil {
      do {
        idlePolls = try advance() ? 0 : idlePolls + 1
        status = try isServed ? finish() : nil
      } catch  where !(error is FabricError) {
        try fail(error)
      }
      fabric.idle(afterPolls: idlePolls)
    }
    try line.post(.finished(status?.rawValue ?? 0))
    while try !trainersHaveLeft || !line.isEmpty {
      _ = try listen()
      fabric.idle(afterPolls: 3_000)
    }
    if let failure {
      throw JobFailure(of: failure, on: preparation.roles.coordinator, worldSize: preparation.roles.ranks)
    }
    if let failure = end?.failure { throw failure }
    return status ?? .done
  }

  /// Steps of the run's last checkpoint, once that is known.
  private var lastStep: Int? { end.map { targetStep ?? $0.step } }

  /// Whether the trainers have ended and everything that they handed over is done.
  private var isServed: Bool {
    guard let end, announced.isEmpty, case .idle = stage else { return false }
    // A checkpoint that is being written may be why this rank cannot go on.
    if failure != nil { return end.failure != nil }
    return !coordinator.isSaving && (end.failure != nil || coordinator.savedStep == lastStep)
  }

  private func finish() throws -> ExitStatus {
    guard let end, end.failure == nil else { return end?.exitStatus ?? .internalError }
    // The last evaluation may have been cut off.
    guard plan.isFinished(at: position), let evaluation = position.evaluation, evaluation.step == position.step else {
      coordinator.reportStop(position, StopRequest.reason(timeLimit) ?? end.reason)
      return .stopped
    }
    faults?.tellOfRemaining()
    try coordinator.finish(
      RunResult(
        name: plan.configuration.name, steps: position.step, epochs: position.step / plan.shards.stepsPerEpoch,
        seconds: (ContinuousClock.now - start).seconds, evaluation: evaluation,
        reachedTarget: plan.configuration.evaluation.targetTop1 > 0 ? plan.reachesTarget(evaluation) : nil))
    return .done
  }

  /// Tells the trainers, who then end. Until then their snapshots are received, and nothing is done with them.
  private func fail(_ error: any Error) throws {
    guard failure == nil else { return }
    failure = error
    evaluator.interrupt()
    try line.post(.failed(ExitStatus(for: error).rawValue, "\(error)"))
  }
}

// Each does what can be done without waiting.
extension CoordinatorRun {
  /// False when there was nothing to do.
  private func advance() throws -> Bool {
    try line.keepAlive(.alive)
    if failure == nil { try coordinator.noteSaved() }
    if StopRequest.isReceived, !hasPassedOnStop {
      hasPassedOnStop = true
      try line.post(.stop)
    }
    let hasHeard = try listen()
    let hasWorked = try work()
    return hasHeard || hasWorked
  }

  private func listen() throws -> Bool {
    var hasHeard = false
    while let message = try line.next() {
      hasHeard = true
      try take(message)
    }
    if !trainersHaveLeft { try line.requireLife("for reports of the trainers") }
    return hasHeard
  }

  private func take(_ message: TrainersMessage) throws {
    switch message {
    case .alive: break
    case .step(let report):
      preparation.everyone.note(step: report.step, phase: "coordination")
      if failure == nil { try coordinator.record(report) }
    case .epoch(let report): if failure == nil { try coordinator.record(report) }
    case .badSamples(let reports): if failure == nil { try coordinator.record(reports) }
    case .nonFinite(let bad, let decision): coordinator.record(bad, decision)
    case .skipped(let bad, let epoch, let samples):
      if failure == nil { try coordinator.record(bad, skippedIn: epoch, samples: samples) }
    case .snapshot(let notice):
      announced.append(notice)
      beginnings[notice.position.step] = ContinuousClock.now - .seconds(notice.stallSeconds)
    case .ended(let end):
      self.end = end
      if end.failure != nil { evaluator.interrupt() }
    case .left: trainersHaveLeft = true
    }
  }

  /// Moves the oldest snapshot on: it is received, evaluated and saved before the next one is received.
  private func work() throws -> Bool {
    switch stage {
    case .idle:
      guard failure != nil || !coordinator.isSaving else { return false }
      return try !announced.isEmpty ? receive(announced.removeFirst()) : saveAgain()
    case .receiving(let notice, let transfer):
      guard try transfer.isFinished() else { return false }
      stage = .idle
      if failure == nil && end?.failure == nil && targetStep == nil { try begin(notice) }
    case .evaluating(let notice):
      // A stop does not wait for the last evaluation: a resumed run does it again.
      if end != nil, announced.isEmpty, StopRequest.isReceived || timeLimit.isReached { evaluator.interrupt() }
      guard let outcome = evaluator.take() else { return false }
      stage = .idle
      try conclude(notice, outcome.get())
    }
    return true
  }

  private func receive(_ notice: SnapshotNotice) throws -> Bool {
    let sizes = snapshot.parts.map(\.count)
    guard notice.sizes == sizes else {
      throw FabricError.sizeMismatch(
        rank: fabric.jobRank, peer: preparation.roles.trainers[0], tag: 0, expectedBytes: sizes.reduce(0, +),
        receivedBytes: notice.sizes.reduce(0, +))
    }
    // What a checkpoint is being written from must stay as it is, also at the end.
    let memory =
      failure == nil
      ? snapshot.parts : sizes.map { UnsafeMutableRawBufferPointer.allocate(byteCount: $0, alignment: 64) }
    let transfer = try SnapshotTransfer.receiving(
      into: memory, from: preparation.roles.trainers[0], over: fabric)
    stage = .receiving(notice, transfer)
    return true
  }

  private func begin(_ notice: SnapshotNotice) throws {
    let (best, evaluation) = (position.best, position.evaluation)
    position = notice.position
    (position.best, position.evaluation) = (best, evaluation)
    snapshot.note(position)
    faults?.begin(step: position.step)
    if notice.isEvaluated {
      try faults?.reach(.evaluation)
      evaluator.start(at: position)
      stage = .evaluating(notice)
    } else if notice.isSaved {
      try save(stallSeconds: notice.stallSeconds)
    }
  }

  /// - Parameter findings: nil where the evaluation was cut off.
  private func conclude(_ notice: SnapshotNotice, _ findings: SnapshotEvaluator.Findings?) throws {
    guard failure == nil, end?.failure == nil else { return }
    if let findings {
      position.take(findings.report)
      snapshot.note(position)
      try coordinator.record(findings.report, findings.details)
      if plan.reachesTarget(findings.report) {
        targetStep = position.step
        try line.post(.stop)
      }
    }
    if notice.isSaved || position.best?.step == position.step || targetStep != nil {
      try save(stallSeconds: notice.stallSeconds)
    }
  }

  private func save(stallSeconds: Double) throws {
    try faults?.reach(.save)
    let beginning = beginnings.removeValue(forKey: position.step) ?? ContinuousClock.now
    coordinator.saveSnapshot(since: beginning, stallSeconds: stallSeconds)
  }

  /// The last checkpoint is tried again where it could not be written.
  private func saveAgain() throws -> Bool {
    guard let end, end.failure == nil, failure == nil, coordinator.savedStep != lastStep else { return false }
    guard position.step == lastStep else {
      throw RunError(
        .internalError, "the trainers ended at step \(end.step) and handed over step \(position.step) last")
    }
    try save(stallSeconds: 0)
    return true
  }
}
