import Collectives
import Fabrics
import Network
import Tensors

/// One rank's samples of one step.
package struct LocalBatch {
  /// `[count, H, W, 3]`, normalised.
  let images: UnsafePointer<Float>
  let labels: UnsafePointer<Int32>
  /// Nil: no sample is mixed with another.
  let mixture: LabelMixture?
  /// May be 0.
  let count: Int
  /// How many of them stand in for others.
  let substituted: Int

  package init(
    images: UnsafePointer<Float>, labels: UnsafePointer<Int32>, mixture: LabelMixture? = nil, count: Int,
    substituted: Int = 0
  ) {
    (self.images, self.labels, self.mixture) = (images, labels, mixture)
    (self.count, self.substituted) = (count, substituted)
  }
}

/// What one step came to, over all ranks.
package struct StepOutcome {
  package var sums = ClassificationSums()
  /// Whether any rank asks that the run stop after this step.
  package var stopIsRequested = false
  /// Samples of the step that stood in for others which could not be read.
  package var substituted = 0
  /// Ranks that have written their part of a checkpoint.
  var writtenParts = 0
  /// Whether any rank found a number that is not finite: then nothing was updated, and each rank says what it found.
  package var isNonFinite = false
  package var finding = NonFiniteFinding(rank: 0)
  /// Seconds of gradient communication that the backward pass did not hide, on this rank.
  var exposedSeconds = 0.0
  /// Seconds of the backward pass on this rank, with what it did for gradient communication meanwhile.
  var backwardSeconds = 0.0
}

/// The memory of a rank's replica and optimizer, and the step that moves them. All memory is allocated by `init`.
package final class TrainingStep {
  package let replica: Replica
  package let update: ParameterUpdate
  /// Nil where nothing is averaged.
  package let average: WeightAverage?
  /// Told of everything that takes time in a step.
  package var observer: (any StepObserver)? { didSet { replica.observer = observer } }
  private let loss: SoftmaxCrossEntropy
  private let communicator: Communicator
  private let exchange: GradientExchange
  private let votes: StatisticsExchange
  private let watch: NumbersWatch
  /// Told to the others with the next step: whether this rank has written its part of a checkpoint.
  var hasWrittenPart = false
  private let faults: FaultInjector?
  /// The running statistics before a step that may be left out; empty where a bad step ends the run.
  private let statisticsBefore: AlignedBuffer
  private let vote = AlignedBuffer(bytes: StepVote.count * MemoryLayout<Double>.stride)
  /// Steps done, for messages.
  package var stepsDone = 0
  /// What a batch of no samples points to.
  private let nothing = AlignedBuffer(bytes: AlignedBuffer.alignment)

  /// Every rank calls it. The replica starts from the plan's seed, the same on all ranks.
  ///
  /// - Parameters:
  ///   - arenas: memory for the replica, made before; nil: made here.
  ///   - communicator: one whose algorithms are chosen.
  ///   - faults: those to inject into this rank.
  package init(
    _ plan: RunPlan, arenas: SharedArenas? = nil, communicator: Communicator, threads: Int,
    faults: FaultInjector? = nil
  ) throws {
    let configuration = plan.configuration
    let watch = NumbersWatch(rank: communicator.jobRank)
    let statistics = configuration.syncBatchNorm.span.shared.map { span -> any StatisticsReducer in
      let exchange = StatisticsExchange(communicator: communicator, span: span)
      return WatchedStatistics(exchange, watch: watch, faults: faults)
    }
    let arenas = try arenas ?? SharedArenas(plan, communicator: communicator)
    (self.communicator, self.watch, self.faults) = (communicator, watch, faults)
    replica = try Replica(
      plan.graph, variants: plan.variants, batches: plan.batches(rank: communicator.rank),
      options: plan.planOptions(threads: threads),
      parameters: arenas.lendParameters(), gradients: arenas.lendGradients(), reducer: statistics)
    replica.initialise(seed: configuration.seed)
    loss = SoftmaxCrossEntropy(classes: configuration.model.classes, labelSmoothing: configuration.loss.labelSmoothing)
    update = try ParameterUpdate(plan, replica: replica, arenas: arenas, communicator: communicator)
    average = WeightAverage(plan, of: replica)
    exchange = GradientExchange(
      plan.buckets, gradients: replica.gradients, scatters: update.isSharded, communicator: communicator)
    votes = StatisticsExchange(communicator: communicator)
    statisticsBefore = AlignedBuffer(
      bytes: configuration.numbers.nonFinite == .stop ? 0 : plan.parameters.statistics.bytes)
  }

  /// Every rank calls it for every step, also without samples.
  ///
  /// - Parameters:
  ///   - variant: of the network, the same on every rank.
  ///   - failure: an error of this rank; the step is then run without its samples, so that the others are not left
  ///     waiting, and every rank throws it as a `JobFailure` before anything is updated.
  ///   - requestsStop: asks all ranks to stop after this step.
  ///
  /// Every rank throws a `JobFailure` where a loss or a gradient of any rank is not finite, before anything is updated.
  package func run(
    _ batch: LocalBatch?, variant: Int = 0, rate: Double, failure: (any Error)? = nil, requestsStop: Bool = false
  ) throws -> StepOutcome {
    let outcome = try attempt(batch, variant: variant, rate: rate, failure: failure, requestsStop: requestsStop)
    if outcome.isNonFinite {
      throw try NonFiniteStep(
        step: stepsDone, loss: outcome.sums.loss / Double(outcome.sums.count), finding: outcome.finding,
        over: communicator
      ).failure(worldSize: communicator.worldSize)
    }
    return outcome
  }

  /// The same for who decides about numbers that are not finite: then the outcome says so, parameters and the optimizer's
  /// state are as before, and so are the running statistics unless such a step is to end the run.
  package func attempt(
    _ batch: LocalBatch?, variant: Int = 0, rate: Double, failure: (any Error)? = nil, requestsStop: Bool = false
  ) throws -> StepOutcome {
    do {
      let outcome = try runUnguarded(
        batch ?? noSamples, variant: variant, rate: rate, failure: failure, requestsStop: requestsStop)
      observer.observing("averaged weights", .update) {
        average?.update(after: stepsDone, isLeftOut: outcome.isNonFinite)
      }
      return outcome
    } catch  where !(error is JobFailure) {
      // Messages may still be under way over this memory: it stays until the process ends.
      _ = Unmanaged.passRetained(self)
      throw error
    }
  }

  private func runUnguarded(
    _ batch: LocalBatch, variant: Int, rate: Double, failure: (any Error)?, requestsStop: Bool
  ) throws -> StepOutcome {
    defer { stepsDone += 1 }
    faults?.begin(step: stepsDone + 1)
    try faults?.reach(.forward)
    watch.begin()
    statisticsBefore.bytes.copyMemory(
      from: UnsafeRawBufferPointer(
        rebasing: UnsafeRawBufferPointer(replica.statistics)[..<statisticsBefore.bytes.count]))
    communicator.note(step: stepsDone, phase: "forward pass")
    let logits = try replica.forward(batch.images, batch: batch.count, mode: .training, variant: variant)
    let local = observer.observing("loss", .loss) {
      loss.evaluate(
        logits: logits, labels: batch.labels, mixture: batch.mixture, count: batch.count,
        gradient: replica.outputGradient(batch: batch.count, variant: variant))
    }
    watch.look(atLoss: local.loss)
    communicator.note(step: stepsDone, phase: "backward pass")
    try faults?.reach(.backward)
    let backwardStart = ContinuousClock.now
    try replica.backward(batch: batch.count, variant: variant) { parts in
      if !parts.isEmpty { try lookAtGradients(of: parts) }
      try observer.observing("buckets under way", .gradientExchange) { try exchange.send(ready: parts) }
    }
    communicator.note(step: stepsDone, phase: "end of the backward pass")
    var outcome = StepOutcome()
    outcome.backwardSeconds = (ContinuousClock.now - backwardStart).seconds
    try faults?.reach(.exchange)
    outcome.exposedSeconds = try observer.observing("wait for the last buckets", .gradientExchange) {
      try exchange.finish()
    }

    try faults?.spoilSums(update, replica.gradients)
    let layout = replica.table.parameters
    observer.observing("sums", .finiteness) { watch.note(sum: update.firstNonFiniteSum, in: layout) }
    let total = vote.elements(Double.self)
    StepVote(
      local, failed: failure != nil, isFinite: watch.finding.isEmpty, requestsStop: requestsStop,
      substituted: batch.substituted, hasWrittenPart: hasWrittenPart
    ).write(to: total)
    try observer.observing("step vote", .vote) { try votes.sum(total) }
    let vote = StepVote(total)
    if vote.failures > 0 { try Consensus(communicator: communicator).share(failure) }
    outcome.sums = vote.sums
    outcome.stopIsRequested = vote.stopRequests > 0
    outcome.substituted = vote.substituted
    outcome.writtenParts = vote.writtenParts
    // The vote has the same bits on every rank, so every rank decides alike.
    if vote.nonFinite > 0 {
      (outcome.isNonFinite, outcome.finding) = (true, watch.finding)
      takeBackStatistics()
      return outcome
    }
    communicator.note(step: stepsDone, phase: "update")
    try faults?.reach(.update)
    try observer.observing(update.isSharded ? "own parameters" : "all parameters", .update) {
      try update.run(rate: rate, gradientScale: 1 / Double(vote.sums.count))
    }
    if update.isSharded {
      let start = ContinuousClock.now
      try observer.observing("wait for the others' weights", .weightExchange) { try update.finish() }
      outcome.exposedSeconds += (ContinuousClock.now - start).seconds
    }
    try faults?.spoilState(update, replica.parameters)
    return outcome
  }

  /// Exchanges gradients with nothing to compute beside it, for measurements: the seconds that it takes. Every rank calls
  /// it; the gradients are what they were, times the number of ranks.
  package func exchangeAlone() throws -> Double {
    try communicator.barrier()
    let start = ContinuousClock.now
    try exchange.send(ready: replica.table.parameters.parts.indices)
    _ = try exchange.finish()
    return (ContinuousClock.now - start).seconds
  }

  private var noSamples: LocalBatch {
    LocalBatch(
      images: UnsafePointer(nothing.elements(Float.self).baseAddress!),
      labels: UnsafePointer(nothing.elements(Int32.self).baseAddress!), count: 0)
  }

  /// These gradients of the rank are final, and may leave as soon as they have been looked at.
  private func lookAtGradients(of parts: Range<Int>) throws {
    let layout = replica.table.parameters
    let elements = layout.elements(ofParts: parts)
    try faults?.spoil(gradients: replica.gradients, elements)
    observer.observing("own gradients", .finiteness) {
      watch.look(atGradients: replica.gradients, elements, in: layout)
    }
  }

  private func takeBackStatistics() {
    guard statisticsBefore.bytes.count > 0 else { return }
    UnsafeMutableRawBufferPointer(replica.statistics).copyMemory(from: UnsafeRawBufferPointer(statisticsBefore.bytes))
  }

  /// Sets everything that training changes to what it is before the first step, on this rank.
  func beginAnew(seed: UInt64) {
    replica.initialise(seed: seed)
    update.velocity.update(repeating: 0)
    update.wholeVelocity.floats.update(repeating: 0)
    average?.parameters.floats.update(repeating: 0)
    average?.statistics.floats.update(repeating: 0)
  }
}

extension ArenaLayout {
  /// Those of an f32 arena that lie in these parts, with the padding between and behind them.
  fileprivate func elements(ofParts range: Range<Int>) -> Range<Int> {
    let end = range.upperBound < parts.count ? parts[range.upperBound].offset : bytes
    return parts[range.lowerBound].offset / ElementType.f32.bytes..<end / ElementType.f32.bytes
  }
}

extension StepPhase {
  fileprivate static let loss = StepPhase("loss")
  fileprivate static let gradientExchange = StepPhase("exchange of gradients")
  fileprivate static let vote = StepPhase("vote of the ranks")
  fileprivate static let finiteness = StepPhase("check that gradients are finite")
  fileprivate static let update = StepPhase("optimizer update")
  fileprivate static let weightExchange = StepPhase("exchange of weights")
}

/// What a rank tells the others at the end of a step, and what all of them together have told: sums of f64, which are
/// exact for counts.
private struct StepVote {
  static let count = 9

  let sums: ClassificationSums
  let failures: Int
  let stopRequests: Int
  /// Ranks that found gradients that are not finite.
  let nonFinite: Int
  let substituted: Int
  let writtenParts: Int

  init(
    _ sums: ClassificationSums, failed: Bool, isFinite: Bool, requestsStop: Bool, substituted: Int, hasWrittenPart: Bool
  ) {
    (self.sums, failures, stopRequests, nonFinite) = (sums, failed ? 1 : 0, requestsStop ? 1 : 0, isFinite ? 0 : 1)
    (self.substituted, writtenParts) = (substituted, hasWrittenPart ? 1 : 0)
  }

  init(_ numbers: UnsafeMutableBufferPointer<Double>) {
    var sums = ClassificationSums()
    sums.loss = numbers[0]
    sums.top1Correct = Int(numbers[1])
    sums.top5Correct = Int(numbers[2])
    sums.count = Int(numbers[3])
    (self.sums, failures, stopRequests, nonFinite) = (sums, Int(numbers[4]), Int(numbers[5]), Int(numbers[6]))
    (substituted, writtenParts) = (Int(numbers[7]), Int(numbers[8]))
  }

  func write(to numbers: UnsafeMutableBufferPointer<Double>) {
    numbers[0] = sums.loss
    numbers[1] = Double(sums.top1Correct)
    numbers[2] = Double(sums.top5Correct)
    numbers[3] = Double(sums.count)
    numbers[4] = Double(failures)
    numbers[5] = Double(stopRequests)
    numbers[6] = Double(nonFinite)
    numbers[7] = Double(substituted)
    numbers[8] = Double(writtenParts)
  }
}
