import Checkpoints
import Network
import Platform
import Tensors

/// Saves a run without stopping it: copies its state between two steps, and writes the copy on a thread of its own.
///
/// On rank 0. One checkpoint at a time; the copy's memory is the run's from its start.
final class CheckpointSaving {
  struct Outcome: Sendable {
    let step: Int
    let result: Result<CheckpointWriter.Report, any Error>
    /// From the last step to the moment it was durable, and to the moment that training went on.
    let seconds: Double
    let stallSeconds: Double
  }

  private let plan: RunPlan
  private let origin: RunOrigin
  private let metricsPath: String
  private let writer: CheckpointWriter
  private let snapshot: Snapshot
  private let task: BackgroundTask<Outcome>
  /// Begun, while ranks write their parts of it.
  private var begun: (checkpoint: PendingCheckpoint, since: ContinuousClock.Instant, stallSeconds: Double)?
  private var beginning = RunningClock.now
  private(set) var failuresInARow = 0
  /// Steps of the last checkpoint that is durable.
  private(set) var savedStep: Int?

  /// - Parameters:
  ///   - savedStep: of the checkpoint of this run that it goes on from.
  ///   - snapshot: memory that is filled elsewhere; nil: made here.
  ///   - inParts: whether ranks write their own parts of the optimizer's state.
  init(
    _ plan: RunPlan, _ origin: RunOrigin, in folder: OutputFolder, savedStep: Int?, snapshot: Snapshot? = nil,
    inParts: Bool = false, files: any FileOperations = SystemFiles()
  ) throws(SystemLimitReached) {
    task = try BackgroundTask(for: "writing checkpoints")
    (self.plan, self.origin, self.savedStep, metricsPath) = (plan, origin, savedStep, folder.metrics)
    writer = CheckpointWriter(
      runFolder: folder.path, retention: plan.configuration.checkpoint.retention, files: files)
    self.snapshot = snapshot ?? Snapshot(of: plan, inParts: inParts)
  }

  /// Removes what a process that was killed while it saved has left. Returns what could not be removed.
  func removeLeftovers() -> [CheckpointError] { writer.removeLeftovers() }

  /// Whether a checkpoint is being written, or its outcome has not been taken.
  var isBusy: Bool { begun != nil || task.isBusy }

  /// Returns once the copy is made. Traps while another checkpoint is being written.
  ///
  /// - Parameters:
  ///   - velocity: the whole of it, of all ranks.
  ///   - beginning: when the step before ended.
  ///   - metrics: whether all lines up to now have been written; without them there is no checkpoint.
  func start(
    _ training: TrainingStep, _ velocity: borrowing Arena, at position: RunPosition,
    since beginning: ContinuousClock.Instant,
    _ metrics: Result<Void?, OutputError>
  ) {
    precondition(!isBusy, "one checkpoint at a time")
    snapshot.take(training.replica, velocity, average: training.average, at: position)
    start(since: beginning, stallSeconds: (ContinuousClock.now - beginning).seconds, metrics)
  }

  /// Writes what lies in the snapshot. Traps while another checkpoint is being written.
  ///
  /// - Parameter stallSeconds: for how long training stood still.
  func start(since beginning: ContinuousClock.Instant, stallSeconds: Double, _ metrics: Result<Void?, OutputError>) {
    precondition(!isBusy, "one checkpoint at a time")
    self.beginning = RunningClock.now
    let step = snapshot.position.step
    let (plan, origin, metricsPath, writer, snapshot) = (plan, origin, metricsPath, writer, snapshot)
    task.start {
      let result = Result {
        _ = try metrics.get()
        try MetricsFile.synchronize(metricsPath)
        return try writer.write(snapshot.contents(plan, origin))
      }
      return Outcome(
        step: step, result: result, seconds: (ContinuousClock.now - beginning).seconds, stallSeconds: stallSeconds)
    }
  }

  /// Copies all but the optimizer's state, and makes the folder that ranks write their parts of that into; nil where it could
  /// not be made, which is then the outcome.
  ///
  /// - Parameter parts: what ranks are going to write.
  func begin(
    _ training: TrainingStep, at position: RunPosition, parts: [PlannedFile], since beginning: ContinuousClock.Instant,
    _ metrics: Result<Void?, OutputError>
  ) -> String? {
    precondition(!isBusy, "one checkpoint at a time")
    self.beginning = RunningClock.now
    snapshot.take(training.replica, average: training.average, at: position)
    let checkpoint: PendingCheckpoint
    do {
      _ = try metrics.get()
      checkpoint = try writer.begin(snapshot.contents(plan, origin), parts: parts)
    } catch {
      let outcome = Outcome(step: position.step, result: .failure(error), seconds: 0, stallSeconds: 0)
      task.start { outcome }
      return nil
    }
    begun = (checkpoint, beginning, (ContinuousClock.now - beginning).seconds)
    return checkpoint.folder
  }

  /// Writes all but the parts, which are there, and publishes the checkpoint; or gives it up.
  func publish(_ parts: Result<[CheckpointManifest.File], RunError>) {
    guard let (checkpoint, since, stallSeconds) = begun else { return }
    begun = nil
    let (step, metricsPath) = (snapshot.position.step, metricsPath)
    task.start {
      let result = Result {
        do {
          try MetricsFile.synchronize(metricsPath)
          return try checkpoint.publish(parts: parts.get())
        } catch {
          // What it says of the parts is what counts; what cannot be removed is removed by the next one.
          try? checkpoint.discard()
          throw error
        }
      }
      return Outcome(
        step: step, result: result, seconds: (ContinuousClock.now - since).seconds, stallSeconds: stallSeconds)
    }
  }

  /// What the checkpoint came to, once; nil while it is being written. Waits for at most `seconds`. Throws `RunError` when
  /// it is being written for too long.
  func take(waiting seconds: Double) throws -> Outcome? {
    guard let outcome = task.take(waiting: seconds) else {
      let timeout = plan.configuration.checkpoint.timeoutSeconds
      if isBusy, (RunningClock.now - beginning).seconds > timeout {
        throw RunError(
          .output,
          "a checkpoint has been written to \(writer.runFolder) for more than checkpoint.timeout_seconds (\(timeout) s): "
            + "the file system hangs, or is too slow")
      }
      return nil
    }
    switch outcome.result {
    case .success: (failuresInARow, savedStep) = (0, outcome.step)
    case .failure: failuresInARow += 1
    }
    return outcome
  }
}
