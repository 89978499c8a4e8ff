import Collectives
import Fabrics
import Glibc
import Kernels
import Logging
import Platform

/// Times training steps without a data set. Every rank makes one, and makes the same calls.
public final class TrainingBench {
  private let plan: RunPlan
  private let communicator: Communicator
  private let training: TrainingStep
  private let threads: Int
  private let synthetic: SyntheticBatch
  /// Of the counted steps on this rank.
  private var exposedSeconds: [Double] = []
  private var backwardSeconds: [Double] = []

  /// Throws `JobFailure` on every rank.
  public init(_ request: JobRequest, fabric: any Fabric) throws {
    let configuration = try Preparation.agreedConfiguration(request, fabric: fabric)
    communicator = try Communicator.ofJob(fabric: fabric, timeout: .seconds(configuration.collectives.timeoutSeconds))
    let logger = Logger(rank: fabric.rank, console: .standardError(rank: fabric.rank))
    try ProcessorCheck(configuration, communicator: communicator, logger: logger).run()
    let threads = configuration.threads(ranksOnHost: fabric.ranksOnThisHost.count)
    self.threads = threads
    if let warning = Binding(configuration, ranksOnHost: fabric.ranksOnThisHost.count).warning {
      logger.warning("\(warning)")
    }
    let consensus = Consensus(communicator: communicator)
    // Two full batches an epoch: no step is partial.
    let images = ImageCounts(training: 2 * configuration.batch.global, validation: 1)
    let plan = try consensus.attempt { try RunPlan(configuration, images: images, worldSize: fabric.worldSize) }
    let communicator = self.communicator
    try consensus.attempt { try ThreadRehearsal(threads - 1, for: "computing") }.end()
    try MemoryCheck(
      plan: plan, roles: JobRoles(configuration, ranks: fabric.worldSize, placement: .shared), images: .synthetic,
      everyone: communicator, threads: threads, logger: logger
    ).run()
    let arenas = try SharedArenas(plan, communicator: communicator)
    _ = try AlgorithmChoice(configuration: configuration, communicator: communicator).make(
      resuming: nil, gradients: arenas.gradients)
    training = try consensus.attempt {
      try TrainingStep(plan, arenas: arenas, communicator: communicator, threads: threads)
    }
    self.plan = plan
    synthetic = SyntheticBatch(plan, rank: fabric.rank)
  }

  /// The first `warmup` steps are not counted.
  public func run(steps: Int, warmup: Int) throws -> TrainingBenchReport {
    try warmUp(steps: warmup)
    return try report(seconds(ofSteps: steps))
  }

  /// Runs as many steps as `next` says, again and again, until it returns nil.
  ///
  /// - Parameters:
  ///   - next: steps of the next group; only rank 0 calls it.
  ///   - finished: rank 0 calls it with the seconds of each of the group's steps.
  public func run(
    warmup: Int, groups next: () throws -> Int?, finished: ([Double]) -> Void
  ) throws -> TrainingBenchReport {
    try warmUp(steps: warmup)
    var all: [Double] = []
    while let steps = try agreed(next) {
      let seconds = try seconds(ofSteps: steps)
      if communicator.rank == 0 { finished(seconds) }
      all += seconds
    }
    return try report(all)
  }

  /// What `next` says on rank 0.
  private func agreed(_ next: () throws -> Int?) throws -> Int? {
    let steps = try Consensus(communicator: communicator).attempt { communicator.rank == 0 ? try next() ?? 0 : 0 }
    let agreed = try communicator.sum([steps])[0]
    return agreed > 0 ? agreed : nil
  }

  private func warmUp(steps: Int) throws {
    _ = try seconds(ofSteps: steps)
    (exposedSeconds, backwardSeconds) = ([], [])
  }

  private func seconds(ofSteps steps: Int) throws -> [Double] {
    try (0..<steps).map { _ in
      let start = ContinuousClock.now
      try step()
      return (ContinuousClock.now - start).seconds
    }
  }

  private func step() throws {
    // A rate this small keeps random labels from driving the weights apart, and costs as much as any other.
    let outcome = try training.run(synthetic.batch, rate: 1e-6)
    exposedSeconds.append(outcome.exposedSeconds)
    backwardSeconds.append(outcome.backwardSeconds)
  }

  /// Runs `steps` steps more, and writes down what each rank did when. Recordings begin at the same moment everywhere.
  package func record(steps: Int) throws -> StepRecording {
    try communicator.barrier()
    let recorder = StepRecorder()
    training.observer = recorder
    defer { training.observer = nil }
    for _ in 0..<steps { try recorder.recordingStep(step) }
    return recorder.recording
  }

  /// Writes all ranks' recordings to one file, on rank 0.
  package func writeTrace(_ recording: StepRecording, to path: String) throws {
    let events = ChromeTrace.events(of: recording, rank: communicator.rank)
    let all = try communicator.allGather(Array(events.utf8))
    try Consensus(communicator: communicator).attempt {
      guard communicator.rank == 0 else { return }
      var trace = ChromeTrace()
      for events in all { trace.append(String(decoding: events, as: UTF8.self)) }
      try OutputDescriptor(path, .replacing).write(trace.text)
    }
  }

  private func report(_ seconds: [Double]) throws -> TrainingBenchReport {
    let peaks = try communicator.allGather([Int64(peakResidentBytes())], label: "memory peaks")
    guard !seconds.isEmpty else {
      throw JobFailure(everywhere: .usage, "no steps were asked for", worldSize: communicator.worldSize)
    }
    let alone = try (0..<(communicator.worldSize > 1 ? 5 : 0)).map { _ in try training.exchangeAlone() }
    let estimate = MemoryEstimate(plan, rank: 0, footprint: training.replica.footprint, images: .synthetic)
    return TrainingBenchReport(
      seconds, plan, threads: threads, peakBytes: Int(peaks.max() ?? 0), predictedPeakBytes: estimate.peakBytes,
      communication: TrainingBenchReport.Communication(
        exposed: exposedSeconds, backward: backwardSeconds, alone: alone), onednn: Engine.libraryVersion)
  }
}

/// The most memory that this process has had at once.
func peakResidentBytes() -> Int {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return usage.ru_maxrss * 1024
}
