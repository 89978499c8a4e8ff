import Foundation
import Platform

/// The bounded ring of batches between the threads that prepare samples and the one that consumes batches.
///
/// Batch b lives in slot b modulo the depth. Batches are opened in order, as slots become free; workers claim single
/// samples of the oldest batch that has any left, so a slow image delays its own batch and nobody idles. Which worker
/// prepares a sample has no influence on the result. All state is guarded by `condition`, but for the memory of claimed
/// samples, which belongs to the worker that claimed them.
final class BatchRing: @unchecked Sendable {
  private let condition = NSCondition()
  private let slots: [BatchSlot]
  private let capacity: Int
  private let request: @Sendable (Int) -> BatchRequest?
  private let dataSet: any DataSet
  private let substitution: SubstitutionRule?
  private let timeout: Double

  /// How many samples before its turn the system is told of one. With no file in the page cache, 1,536 images of a local
  /// disk came 1.1 times as fast, in every one of six pairs of runs.
  private static let announcedAhead = 16

  /// The next batch to open, and the next to hand out.
  private var nextOpened = 0
  private var nextConsumed = 0
  /// Whether slot `nextConsumed - 1` is still lent.
  private var isLent = false
  private var hasEnded = false
  private var isStopped = false
  private var activeWorkers = 0
  /// Samples that workers are preparing, and how many were prepared.
  private var inWork: Set<Int> = []
  private var finishedSamples = 0
  /// A worker does not come back from a read.
  private var isStalled = false
  /// Why there are fewer workers than there should be.
  private var limit: SystemLimitReached?
  /// How often whoever waits looks at the clock.
  private static let longestWait = 0.25

  init(
    dataSet: any DataSet, capacity: Int, imageSize: Int, views: Int, depth: Int, substitution: SubstitutionRule?,
    timeout: Double, request: @escaping @Sendable (Int) -> BatchRequest?
  ) {
    self.dataSet = dataSet
    self.substitution = substitution
    self.timeout = timeout
    self.capacity = capacity
    self.request = request
    slots = (0..<depth).map { _ in BatchSlot(capacity: capacity, imageSize: imageSize, views: views) }
  }

  private func slot(_ batch: Int) -> BatchSlot { slots[batch % slots.count] }

  // MARK: Consumer

  /// Waits for the next batch, or nil after the last. Takes the previous batch back. Throws when no sample has been finished
  /// for `timeout` seconds.
  func next() throws(DataError) -> Batch? {
    condition.lock()
    defer { condition.unlock() }
    takeBack()
    if let limit { throw .limit(limit) }
    var (finishedBefore, since) = (finishedSamples, RunningClock.now)
    while !isNextReady {
      if isStopped || hasEnded && nextConsumed == nextOpened { return nil }
      _ = condition.wait(until: Date(timeIntervalSinceNow: min(timeout, Self.longestWait)))
      if finishedSamples != finishedBefore {
        (finishedBefore, since) = (finishedSamples, RunningClock.now)
      } else if RunningClock.now - since > .seconds(timeout), let sample = inWork.min() {
        isStalled = true
        throw .stalled(path: dataSet.name(of: sample), seconds: timeout)
      }
    }
    return try handOut()
  }

  /// The same without workers: prepares the samples on the caller's thread.
  func next(with preparer: inout ImagePreparer) throws(DataError) -> Batch? {
    condition.lock()
    defer { condition.unlock() }
    takeBack()
    while !isStopped, !isNextReady, let claim = claim() { prepare(claim, with: &preparer) }
    return isNextReady && !isStopped ? try handOut() : nil
  }

  private var isNextReady: Bool { nextConsumed < nextOpened && slot(nextConsumed).isReady }

  private func takeBack() {
    if isLent {
      isLent = false
      condition.broadcast()
    }
  }

  private func handOut() throws(DataError) -> Batch? {
    let slot = slot(nextConsumed)
    nextConsumed += 1
    isLent = true
    if let failure = slot.failure { throw failure.error }
    return slot.request.map { slot.lend($0) }
  }

  // MARK: Workers

  /// Registers a worker before its thread starts, so that `stop` waits for it.
  func addWorker() {
    condition.withLock { activeWorkers += 1 }
  }

  /// Notes that the worker that was registered last could not be started.
  func giveUpWorker(_ limit: SystemLimitReached) {
    condition.withLock {
      activeWorkers -= 1
      self.limit = limit
    }
  }

  /// What a worker's thread does until the ring stops.
  func work(with preparer: consuming ImagePreparer) {
    condition.lock()
    while !isStopped {
      if let claim = claim() {
        prepare(claim, with: &preparer)
      } else if hasEnded {
        break
      } else {
        condition.wait()
      }
    }
    activeWorkers -= 1
    condition.broadcast()
    condition.unlock()
  }

  /// Ends all threads and waits until they have left; samples in work are finished, others are not begun. A worker that is
  /// stuck for longer than `timeout` is left alone: it keeps the ring's memory.
  func stop() {
    condition.lock()
    isStopped = true
    condition.broadcast()
    let deadline = Date(timeIntervalSinceNow: timeout)
    while activeWorkers > 0, !isStalled, condition.wait(until: deadline) {}
    condition.unlock()
  }

  private struct Claim {
    var slot: BatchSlot
    var request: BatchRequest
    var index: Int
  }

  /// The next sample that nobody has taken, opening batches as far as slots are free; nil when there is none now.
  private func claim() -> Claim? {
    while true {
      if nextOpened > nextConsumed {
        let slot = slot(nextOpened - 1)
        if let request = slot.request, slot.claimed < request.preparedCount {
          slot.claimed += 1
          return Claim(slot: slot, request: request, index: slot.claimed - 1)
        }
      }
      guard openNext() else { return nil }
    }
  }

  /// Opens the next batch when there is one and its slot is free.
  private func openNext() -> Bool {
    let oldestInUse = nextConsumed - (isLent ? 1 : 0)
    guard !hasEnded, nextOpened < oldestInUse + slots.count else { return false }
    guard let request = request(nextOpened) else {
      hasEnded = true
      condition.broadcast()
      return false
    }
    precondition(
      request.preparedCount <= capacity,
      "batch \(nextOpened) needs \(request.preparedCount) samples; the loader holds \(capacity)")
    slot(nextOpened).begin(request)
    nextOpened += 1
    condition.broadcast()
    return true
  }

  /// Prepares a claimed sample, and mixes it if its partner is there; called with the lock held, which is released meanwhile.
  private func prepare(_ claim: Claim, with preparer: inout ImagePreparer) {
    let sample = claim.request.sample(claim.index)
    inWork.insert(sample)
    condition.unlock()
    var failure: DataError?
    var substitution: Substitution?
    do throws(DataError) {
      substitution = try fill(claim, with: &preparer)
    } catch {
      failure = error
    }
    condition.lock()
    inWork.remove(sample)
    finishedSamples += 1
    if let failure { claim.slot.fail(claim.index, failure) }
    if let substitution { claim.slot.substitute(claim.index, substitution) }
    if let partner = claim.slot.notePrepared(claim.index) {
      condition.unlock()
      claim.slot.mix(claim.index, partner, of: claim.request)
      condition.lock()
    }
    claim.slot.finished += 1
    if claim.slot.isReady { condition.broadcast() }
  }

  /// Writes the claimed sample to its place, or one that stands in for it. Where all of those are bad too, the error is
  /// that of the claimed one.
  private func fill(_ claim: Claim, with preparer: inout ImagePreparer) throws(DataError) -> Substitution? {
    let ahead = claim.index + Self.announcedAhead
    if ahead < claim.request.preparedCount { dataSet.announce(claim.request.sample(ahead)) }
    let sample = claim.request.sample(claim.index)
    let epoch = claim.request.augmentationEpoch(claim.index)
    do throws(DataError) {
      try fill(claim, from: sample, with: &preparer)
      return nil
    } catch {
      // A limit of the host is met by any sample; and which one stands in must not depend on it.
      if error.isAboutTheHost { throw error }
      for other in substitution?.candidates(for: sample, epoch: epoch) ?? [] {
        let failure = attempt(claim, from: other, with: &preparer)
        if let failure, failure.isAboutTheHost { throw failure }
        if failure == nil { return Substitution(sample: sample, substitute: other, error: error) }
      }
      throw error
    }
  }

  private func attempt(_ claim: Claim, from sample: Int, with preparer: inout ImagePreparer) -> DataError? {
    do throws(DataError) {
      try fill(claim, from: sample, with: &preparer)
      return nil
    } catch {
      return error
    }
  }

  private func fill(_ claim: Claim, from sample: Int, with preparer: inout ImagePreparer) throws(DataError) {
    claim.slot.record(sample: sample, label: dataSet.label(of: sample), at: claim.index)
    try preparer.prepare(
      sample, epoch: claim.request.augmentationEpoch(claim.index), into: claim.slot.image(claim.index))
  }
}
