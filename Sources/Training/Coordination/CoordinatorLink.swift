import Collectives
import Fabrics
import Glibc

/// What the trainers have of a coordinator on a rank of its own: they hand it reports and snapshots, and hear of it what all of
/// them must know. Nothing makes them wait but a snapshot while the one before has not left.
///
/// Every trainer makes one; the first of them holds the line and speaks for all.
final class CoordinatorLink {
  private let trainers: Communicator
  private let line: CoordinationLine<TrainersMessage, CoordinatorMessage>?
  /// The memory that snapshots leave from.
  private let snapshot: Snapshot?
  private let fabric: any Fabric
  private let coordinator: Int
  private var leaving: SnapshotTransfer?
  private var end: ExitStatus?
  /// The coordinator cannot go on.
  private(set) var failure: (any Error)?
  /// The coordinator wants the run to stop.
  private(set) var wantsToStop = false

  init(_ preparation: Preparation) {
    trainers = preparation.communicator
    fabric = preparation.everyone.fabric
    coordinator = preparation.roles.coordinator
    guard trainers.rank == 0 else {
      (line, snapshot) = (nil, nil)
      return
    }
    line = CoordinationLine(fabric, peer: coordinator, timeout: trainers.timeout)
    snapshot = Snapshot(of: preparation.plan)
  }

  /// Takes in what the coordinator has said; never waits. Called once a step.
  func listen() throws {
    guard let line else { return }
    while let message = try line.next() {
      switch message {
      case .alive: break
      case .stop: wantsToStop = true
      case .failed(let status, let text):
        failure = RunError(
          ExitStatus(rawValue: status) ?? .internalError, "the coordinator, rank \(coordinator): \(text)")
      case .finished(let status): end = ExitStatus(rawValue: status) ?? .internalError
      }
    }
    if let leaving, try leaving.isFinished() { self.leaving = nil }
    try line.requireLife("for a sign of life of the coordinator")
  }

  /// Hands over a snapshot of this moment. Every trainer calls it, between two steps.
  ///
  /// - Parameter beginning: when the step before ended.
  func handOver(
    _ training: TrainingStep, at position: RunPosition, isEvaluated: Bool, isSaved: Bool,
    since beginning: ContinuousClock.Instant
  ) throws {
    let velocity = try training.update.gatherVelocity()
    try waitTogether { leaving == nil }
    guard let line, let snapshot else { return }
    snapshot.take(training.replica, velocity, average: training.average, at: position)
    let parts = snapshot.parts
    try line.post(
      .snapshot(
        SnapshotNotice(
          position: position, isEvaluated: isEvaluated, isSaved: isSaved,
          stallSeconds: (ContinuousClock.now - beginning).seconds, sizes: parts.map(\.count))))
    leaving = try SnapshotTransfer.sending(parts, to: coordinator, over: fabric)
  }

  /// Waits until the coordinator has done what it was handed, and tells it why the trainers stop, if they know; returns the status that all ranks leave with. Every trainer calls
  /// it, after the last step. Throws `JobFailure` on every trainer when the coordinator failed.
  func leave(_ status: ExitStatus, after step: Int, reason: String) throws -> ExitStatus {
    try line?.post(.ended(RunEnd(status, step: step, reason: reason)))
    try waitTogether { end != nil || failure != nil }
    try Consensus(communicator: trainers).attempt { if let failure { throw failure } }
    let agreed = try trainers.sum([Int(end?.rawValue ?? 0)])[0]
    try sayFarewell()
    return ExitStatus(rawValue: Int32(agreed)) ?? .internalError
  }

  /// Tells the coordinator why all trainers leave. Every trainer calls it.
  func leave(with failure: JobFailure, after step: Int) throws {
    try line?.post(.ended(RunEnd(failure, step: step)))
    try sayFarewell()
  }

  /// Until nothing is under way on either side any more.
  private func sayFarewell() throws {
    guard let line else { return }
    func wait(until isDone: () throws -> Bool) throws {
      while try !isDone() {
        usleep(200)
        try listen()
      }
    }
    try wait {
      try line.keepAlive(.alive)
      return end != nil && leaving == nil
    }
    try line.post(.left)
    try wait { try line.isEmpty }
  }

  /// Waits until `isDone` on the first trainer. The ranks ask each other again and again, so that they know of each other that
  /// they live.
  private func waitTogether(_ isDone: () -> Bool) throws {
    repeat {
      let start = ContinuousClock.now
      try listen()
      while line != nil, !isDone(), ContinuousClock.now - start < .milliseconds(250) {
        usleep(200)
        try listen()
        try line?.keepAlive(.alive)
      }
    } while try trainers.sum([line == nil || isDone() ? 0 : 1])[0] > 0
  }
}

extension CoordinatorLink: RunReporting {
  func record(_ report: StepReport) throws { try line?.post(.step(report)) }
  func record(_ report: EpochReport) throws { try line?.post(.epoch(report)) }
  func record(_ reports: [BadSampleReport]) throws { try line?.post(.badSamples(reports)) }
  func record(_ bad: NonFiniteStep, _ decision: NumbersDecision) throws { try line?.post(.nonFinite(bad, decision)) }
  func record(_ bad: NonFiniteStep, skippedIn epoch: Int, samples: Int) throws {
    try line?.post(.skipped(bad, epoch: epoch, samples: samples))
  }
}
