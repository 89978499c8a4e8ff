import Collectives
import Data
import Fabrics
import Foundation
import Network
import Platform
import Synchronization

/// Evaluates snapshots on a thread of its own, one after the other, while the thread that owns MPI listens to the trainers.
///
/// The thread lives as long as the run: what OpenMP knows of a thread's work is kept with the thread.
final class SnapshotEvaluator: Sendable {
  /// Nil: interrupted.
  typealias Outcome = Result<Findings?, any Error>

  struct Findings: Sendable {
    let report: EvaluationReport
    let details: EvaluationDetails
  }

  private enum State {
    case preparing
    case idle
    case requested(RunPosition)
    case done(Outcome)
    case ended
  }

  private let state = Mutex(State.preparing)
  private let isInterrupted = Atomic<Bool>(false)
  private let hasRequest = DispatchSemaphore(value: 0)

  /// Returns once everything is prepared; throws what kept it from that.
  ///
  /// - Parameter snapshot: the memory that is evaluated; not to be changed from `start` until the outcome is taken.
  init(_ plan: RunPlan, images: any DataSet, threads: Int, snapshot: Snapshot) throws {
    let preparation = Mutex<Result<Void, any Error>>(.success(()))
    let isPrepared = DispatchSemaphore(value: 0)
    try startThread(for: "evaluating beside training", stackBytes: 64 << 20) { [self] in
      do {
        let bench = try Bench(plan, images, threads: threads, snapshot)
        state.withLock { $0 = .idle }
        isPrepared.signal()
        run(bench)
      } catch {
        preparation.withLock { $0 = .failure(error) }
        isPrepared.signal()
      }
    }
    isPrepared.wait()
    try preparation.withLock { try $0.get() }
  }

  /// Begins to evaluate what lies in the snapshot's memory. Traps while another evaluation is under way.
  func start(at position: RunPosition) {
    state.withLock { state in
      guard case .idle = state else { preconditionFailure("one evaluation at a time") }
      state = .requested(position)
    }
    hasRequest.signal()
  }

  /// What the evaluation came to, once; nil while it is under way.
  func take() -> Outcome? {
    state.withLock { state in
      guard case .done(let outcome) = state else { return nil }
      state = .idle
      return outcome
    }
  }

  /// From now on evaluations end after the batch that they are at.
  func interrupt() { isInterrupted.store(true, ordering: .relaxed) }

  /// Lets the thread go. Not while an evaluation is under way.
  func end() {
    state.withLock { $0 = .ended }
    hasRequest.signal()
  }

  private func run(_ bench: Bench) {
    while true {
      hasRequest.wait()
      guard case .requested(let position) = state.withLock(\.self) else { return }
      let outcome = Outcome { try bench.evaluate(position) { isInterrupted.load(ordering: .relaxed) } }
      state.withLock { $0 = .done(outcome) }
    }
  }
}

/// What an evaluation needs: belongs to the evaluator's thread.
private struct Bench {
  let plan: RunPlan
  let replica: Replica
  let evaluation: Evaluation
  let snapshot: Snapshot

  init(_ plan: RunPlan, _ images: any DataSet, threads: Int, _ snapshot: Snapshot) throws {
    (self.plan, self.snapshot) = (plan, snapshot)
    replica = try Replica(
      plan.graph, batches: .init(training: [], evaluation: [plan.evaluationRows]),
      options: plan.planOptions(threads: threads), reducer: nil)
    let alone = try Communicator(fabric: InProcessFabric.alone(), timeout: .seconds(60))
    evaluation = Evaluation(plan: plan, images: images, communicator: alone)
  }

  func evaluate(_ position: RunPosition, isStopped: () -> Bool) throws -> SnapshotEvaluator.Findings? {
    let (clock, step) = (ContinuousClock.now, position.step)
    snapshot.give(to: replica)
    guard let raw = try evaluation.run(on: replica, isStopped: isStopped) else { return nil }
    var averaged: EvaluationCounts?
    if snapshot.giveAverage(to: replica) {
      averaged = try evaluation.run(on: replica, isStopped: isStopped)
      if averaged == nil { return nil }
    }
    return SnapshotEvaluator.Findings(
      report: EvaluationReport(
        epoch: plan.epochs(after: step), step: step, raw, averaged: averaged,
        seconds: (ContinuousClock.now - clock).seconds),
      details: EvaluationDetails(step: step, images: evaluation.images, raw: raw, averaged: averaged))
  }
}
