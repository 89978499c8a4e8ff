import Checkpoints
import Foundation
import Logging
import Tensors

/// Rank 0's second job: it owns the run's folder and what a person sees.
///
/// Its methods are called by rank 0 alone, between the collective operations, and make none of their own.
final class Coordinator {
  /// The checkpoint that the run goes on from; nil to begin at the beginning.
  let checkpointToResume: Checkpoint?
  /// What that run was begun with.
  let resumedConfiguration: RunConfiguration?
  private let plan: RunPlan
  private let folder: OutputFolder
  private let resume: JobRequest.Resume
  private let resumeChoice: ResumeChoice
  private let images: Digest
  private let files: any FileOperations
  private let trainedOn: TrainedOn
  private let logger: Logger
  private var progress: ProgressLine
  private var metrics: MetricsFile?
  private var metricsAreLate = false
  private var badSamples: BadSampleFile?
  private var saving: CheckpointSaving?
  private let lock: FolderLock
  /// Bad samples beyond these are listed in their file alone.
  private static let badSamplesNamed = 20

  /// Finds the checkpoint to resume and makes the folder. Changes nothing that is in it.
  init(_ preparation: Preparation, request: JobRequest, files: any FileOperations = SystemFiles()) throws {
    plan = preparation.plan
    logger = preparation.logger
    let configuration = plan.configuration
    folder = OutputFolder(of: configuration)
    self.files = files
    resume = request.resume
    let rule = try ResumeRule(allowing: request.allowedChanges)
    let images = preparation.data.digest
    self.images = images
    trainedOn = preparation.data.trainedOn
    resumeChoice = ResumeChoice(folder, logger)
    // Before the folder is made: a checkpoint that is not there leaves nothing behind.
    let checkpoint = try resumeChoice.checkpoint(for: resume)
    let origin = try checkpoint.map { try $0.state().origin(path: $0.path) }
    (checkpointToResume, resumedConfiguration) = (checkpoint, origin?.configuration)
    var changes: [ConfigurationDifference] = []
    if let checkpoint, let origin {
      changes = try rule.check(configuration, images: images, against: origin, path: checkpoint.path)
    }
    try folder.create()
    lock = try FolderLock(folder)
    progress = ProgressLine(
      console: preparation.console, style: request.progress ?? configuration.log.progress,
      totalSteps: plan.totalSteps, totalEpochs: plan.epochs, everySeconds: configuration.log.everySeconds,
      now: { Double(DispatchTime.now().uptimeNanoseconds) * 1e-9 })
    reportStart(preparation)
    if let binary = checkpointToResume?.manifest.binary, binary != RunOrigin.program {
      logger.warning("the checkpoint was written by another build of dist-train: the same bits are not promised")
    }
    for change in changes {
      logger.warning(
        "\(change.path) is \(change.mine ?? "not given") now and was \(change.theirs ?? "not given") before, as --allow-change allows: the resumed run is not the run that was begun"
      )
    }
  }

  private func reportStart(_ preparation: Preparation) {
    let configuration = plan.configuration
    logger.info(
      """
      \(configuration.name): \(plan.graph.name), \(plan.parameters.parameterCount) parameters, on \(plan.worldSize) \
      rank\(plan.worldSize == 1 ? "" : "s")\(preparation.roles.isDedicated ? " and a coordinator" : "") with \(preparation.threads) thread\(preparation.threads == 1 ? "" : "s") \
      each; \(plan.shards.samples) training and \(plan.validation.samples) validation images; \(plan.totalSteps) steps \
      of \(configuration.batch.global) images
      """)
  }

  /// Whether the run had been finished before: nothing is left to do, and its result is there.
  func isComplete(at position: RunPosition) -> Bool {
    plan.isFinished(at: position) && FileManager.default.fileExists(atPath: folder.result)
  }

  /// Makes the folder that of the run from `position` on: its configuration, its checkpoints, its metrics. Called once
  /// all ranks are ready to start. A complete run is left as it is.
  ///
  /// - Parameters:
  ///   - configuration: with what was chosen where it leaves a choice.
  ///   - snapshot: what checkpoints are written from, where it is filled by another rank.
  ///   - inParts: whether ranks write their own parts of the optimizer's state.
  func begin(
    at position: RunPosition, _ configuration: RunConfiguration, snapshot: Snapshot? = nil, inParts: Bool = false
  ) throws {
    if isComplete(at: position) { return }
    // Before the metrics are cut: whoever finds a later checkpoint must find its metrics too.
    if case .from = resume { try resumeChoice.setAsideCheckpoints(laterThan: position.step) }
    if resume == .never { try resumeChoice.setAsideEarlierRun() }
    try folder.removeResult()
    try folder.write(configuration)
    let isOfThisRun = try checkpointToResume.map(resumeChoice.isOfThisRun) ?? false
    let saving = try CheckpointSaving(
      plan, RunOrigin(configuration, images: images, trainedOn), in: folder,
      savedStep: isOfThisRun ? checkpointToResume?.step : nil, snapshot: snapshot, inParts: inParts,
      files: files)
    self.saving = saving
    // A run with nothing left to save removes them too.
    for problem in saving.removeLeftovers() { logger.warning("left by a killed process, and not removed: \(problem)") }
    if position.step > 0 {
      logger.info("going on after step \(position.step) of \(plan.totalSteps)")
      metrics = try MetricsFile(resuming: folder.metrics, afterStep: position.step)
      badSamples = try BadSampleFile(resuming: folder.badSamples)
    } else {
      metrics = try MetricsFile(creating: folder.metrics)
      badSamples = try BadSampleFile(creating: folder.badSamples)
    }
  }

  func record(_ report: StepReport) throws {
    if report.step % plan.configuration.log.everySteps == 0 { try append(report) }
    progress.show(report)
  }

  func record(_ report: EpochReport) throws {
    try append(report)
    progress.show(report)
  }

  func record(_ report: EvaluationReport, _ details: EvaluationDetails) throws {
    try append(report)
    do {
      try folder.write(details)
    } catch let error as OutputError {
      logger.warning("the evaluation's classes are in no file: \(error)")
    }
    progress.show(report)
  }

  /// Says what was not finite in a step, and what is done about it, in a file of its own. One that cannot be written ends no
  /// run.
  func record(_ bad: NonFiniteStep, _ decision: NumbersDecision) {
    let path = folder.nonFinite(step: bad.step)
    logger.warning("step \(bad.step): \(bad.description). \(decision.meaning)")
    do {
      try DurableFile.write(try NonFiniteReport(bad, decision).json().document, to: path)
    } catch {
      logger.warning("\(error)")
    }
  }

  func record(_ bad: NonFiniteStep, skippedIn epoch: Int, samples: Int) throws {
    try append(
      SkippedReport(
        step: bad.step, epoch: epoch, samples: samples, ranks: bad.origins.map(\.rank), reason: bad.description,
        report: folder.nonFinite(step: bad.step)))
  }

  /// The checkpoint to go back to; nil to begin anew.
  func checkpointToRewindTo() throws -> Checkpoint? {
    try resumeChoice.newest() ?? checkpointToResume
  }

  /// The run goes on from `position`, which it has gone back to.
  func rewind(to position: RunPosition, _ bad: NonFiniteStep) throws {
    try metrics?.synchronize()
    metrics = try MetricsFile(resuming: folder.metrics, afterStep: position.step)
    try append(
      RewindReport(
        step: position.step, from: bad.step, ranks: bad.origins.map(\.rank), reason: bad.description,
        report: folder.nonFinite(step: bad.step)))
    logger.warning("going on after step \(position.step)")
  }

  func showProgress(evaluated images: Int, of all: Int) { progress.show(evaluated: images, of: all) }

  /// A full disk does not end a run: what cannot be written now is kept, and no checkpoint is written before it.
  private func append(_ report: some MetricsReport) throws {
    do {
      try metrics?.append(report)
      metricsAreLate = false
    } catch let error as OutputError {
      if !metricsAreLate { logger.warning("metrics are kept in memory for now: \(error)") }
      metricsAreLate = true
    }
  }

  /// Lists images that could not be read. Throws where they are more than the configuration allows.
  func record(_ reports: [BadSampleReport]) throws {
    let known = badSamples?.count ?? 0
    for (index, new) in try (badSamples?.append(reports) ?? []).enumerated() {
      let number = known + index + 1
      if number <= Self.badSamplesNamed { logger.warning("\(new.reason) \(new.substitute) stands in for it.") }
      if number == Self.badSamplesNamed {
        logger.warning("further images that cannot be read are in \(folder.badSamples)")
      }
    }
    let (bad, images, allowed) = (badSamples?.count ?? 0, plan.shards.samples, plan.configuration.data.maxBadFraction)
    guard Double(bad) > allowed * Double(images) else { return }
    throw RunError(
      .data,
      "\(bad) of \(images) training images could not be read, and data.max_bad_fraction allows \(allowed). "
        + "\(folder.badSamples) lists them: repair or remove them, or allow more.")
  }

  /// Takes a snapshot and begins to write it. Not while another checkpoint is being written.
  ///
  /// - Parameters:
  ///   - velocity: the whole of it, of all ranks.
  ///   - beginning: when the step before ended.
  func save(
    _ training: TrainingStep, _ velocity: borrowing Arena, _ position: RunPosition,
    since beginning: ContinuousClock.Instant
  ) {
    saving?.start(training, velocity, at: position, since: beginning, flushMetrics())
  }

  /// Begins a checkpoint that ranks write parts of: the folder for them; nil where it could not be made.
  func beginParts(
    _ training: TrainingStep, _ position: RunPosition, _ parts: [PlannedFile], since beginning: ContinuousClock.Instant
  ) -> String? {
    saving?.begin(training, at: position, parts: parts, since: beginning, flushMetrics())
  }

  func publish(_ parts: Result<[CheckpointManifest.File], RunError>) { saving?.publish(parts) }

  /// Begins to write what lies in the snapshot, where another rank has filled it.
  ///
  /// - Parameter stallSeconds: for how long training stood still.
  func saveSnapshot(since beginning: ContinuousClock.Instant, stallSeconds: Double) {
    saving?.start(since: beginning, stallSeconds: stallSeconds, flushMetrics())
  }

  /// Whoever goes on from a checkpoint must find the lines of its steps.
  private func flushMetrics() -> Result<Void?, OutputError> {
    Result { () throws(OutputError) in try metrics?.flush() }
  }

  var isSaving: Bool { saving?.isBusy ?? false }

  /// Steps of the last checkpoint of this process; nil: none is durable yet.
  var savedStep: Int? { saving?.savedStep }

  /// Takes note of a checkpoint that has been written, or could not be. Throws after too many failures in a row.
  func noteSaved(waiting seconds: Double = 0) throws {
    guard let outcome = try saving?.take(waiting: seconds) else { return }
    switch outcome.result {
    case .success(let report):
      for problem in report.problems { logger.warning("an old checkpoint could not be removed: \(problem)") }
      let saved = CheckpointReport(
        step: outcome.step, epoch: plan.epochs(after: outcome.step), path: report.path, seconds: outcome.seconds,
        stallSeconds: outcome.stallSeconds)
      try append(saved)
      progress.show(saved)
    case .failure(let error):
      let (failures, most) = (saving?.failuresInARow ?? 0, plan.configuration.checkpoint.mostFailures)
      let message = "the checkpoint of step \(outcome.step) could not be written: \(error)"
      guard failures < most else {
        throw RunError(.output, "\(message). The run ends after \(failures) failures in a row. \(lastCheckpoint)")
      }
      logger.warning("\(message). \(lastCheckpoint) Failure \(failures) in a row; after \(most) the run ends")
    }
  }

  private var lastCheckpoint: String {
    guard let step = savedStep ?? checkpointToResume?.step else { return "There is no checkpoint yet." }
    return "The last checkpoint is of step \(step)."
  }

  /// Writes the result: the last file of a run.
  func finish(_ result: RunResult) throws {
    try metrics?.synchronize()
    try folder.write(result)
    if result.reachedTarget == true, result.steps < plan.totalSteps {
      logger.info("the target is reached after step \(result.steps) of \(plan.totalSteps)")
    }
    logger.info("\(summary(result)); everything is in \(folder.path)")
  }

  /// Takes the progress line away, so that the last word of the run, good or bad, stands on a line of its own.
  func endProgress() { progress.end() }

  /// - Parameter reason: what asked for it; empty where nobody says.
  func reportStop(_ position: RunPosition, _ reason: String) {
    let by = reason.isEmpty ? "" : ", by \(reason)"
    logger.info(
      "stopped on request after step \(position.step) of \(plan.totalSteps)\(by); start again with --resume auto")
  }

  func reportComplete() {
    let text = (try? String(contentsOfFile: folder.result, encoding: .utf8)) ?? ""
    let result = (try? RunResult(json: text)).map(summary) ?? "see \(folder.result)"
    logger.info("this run is complete: \(result). Choose another name or output folder to train again")
  }

  private func summary(_ result: RunResult) -> String {
    func text(_ correct: Int) -> String {
      let share = 100 * Double(correct) / Double(result.total)
      return "top-1 \(String(format: "%.1f", share)) % (\(correct) of \(result.total) validation images)"
    }
    let averaged = result.averaged.map { ", averaged weights \(text($0.top1Correct))" } ?? ""
    return text(result.top1Correct) + averaged
  }
}
