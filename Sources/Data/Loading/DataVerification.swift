import Foundation
import Platform
import Synchronization

/// What is wrong with the samples of a data set.
public struct VerificationReport: Hashable, Sendable {
  /// In the order of the data set.
  public let faults: [DataError]
  /// Samples that nobody got to, because no read came back any more.
  public let skipped: Int
}

/// Reads and decodes every sample of a data set whole, on several threads. A training step decodes no more than its crops,
/// so damage may otherwise show late, or never.
///
/// - Parameters:
///   - timeout: seconds after which a sample that is still being read counts as one that cannot be. The others go on, as
///     long as there are any; threads that do not come back are left alone, and use neither processor nor caller.
///   - progress: called on any of the threads, several at a time, with the number of samples that are done. What it throws
///     ends the work.
/// - Throws: also where the process or its host has reached a limit, since nothing is wrong with a sample then.
public func verify(
  _ dataSet: any DataSet, _ options: DecodingOptions, threads: Int, timeout: Double = 240,
  progress: @escaping @Sendable (_ done: Int) throws -> Void
) throws -> VerificationReport {
  let work = Verification(dataSet, options)
  // On a thread of its own: to wait for a read that does not come back would be to wait for ever.
  try startThread(for: "reading images") { work.run(threads: threads, progress: progress) }
  return try work.wait(timeout: timeout)
}

private final class Verification: Sendable {
  private let dataSet: any DataSet
  private let options: DecodingOptions
  private let state = Mutex(State())
  private let end = NSCondition()

  private struct State {
    var faults: [Int: DataError] = [:]
    var done = 0
    /// What each thread reads, and since when; nil between two samples.
    var readers: [Int: (sample: Int?, since: Int)] = [:]
    var nextReader = 0
    var outcome: Result<Void, any Error>?
    /// Counted by whoever waits, so that the time in which the process is stopped is nobody's.
    var ticks = 0
  }

  /// Of a second.
  private static let longestTick = 0.25
  /// Of seconds; what is beyond is never.
  private static let longestTimeout = 1e9

  init(_ dataSet: any DataSet, _ options: DecodingOptions) {
    (self.dataSet, self.options) = (dataSet, options)
  }

  func run(threads: Int, progress: @escaping @Sendable (_ done: Int) throws -> Void) {
    let outcome = Result {
      try forEachConcurrently(
        count: dataSet.count, threads: threads, progress: progress,
        makeTool: { try Reader(number: addReader(), of: self, SampleVerifier(options)) }
      ) { sample, reader in
        note(reader.number, sample)
        let error = reader.verifier.fault(of: sample, in: dataSet)
        if let error, error.isAboutTheHost { throw error }
        state.withLock { state in
          state.faults[sample] = error
          state.done += 1
        }
        note(reader.number, nil)
      }
    }
    end.withLock {
      state.withLock { $0.outcome = outcome }
      end.signal()
    }
  }

  /// One thread, with what it decodes by.
  private struct Reader: ~Copyable {
    let number: Int
    let work: Verification
    var verifier: SampleVerifier

    init(number: Int, of work: Verification, _ verifier: consuming SampleVerifier) {
      self.number = number
      self.work = work
      self.verifier = verifier
    }

    deinit { work.state.withLock { $0.readers[number] = nil } }
  }

  private func addReader() -> Int {
    state.withLock { state in
      state.nextReader += 1
      state.readers[state.nextReader] = (nil, state.ticks)
      return state.nextReader
    }
  }

  private func note(_ reader: Int, _ sample: Int?) {
    state.withLock { $0.readers[reader] = (sample, $0.ticks) }
  }

  /// Waits until all is done, or until every thread that has work has been at it for too long.
  func wait(timeout: Double) throws -> VerificationReport {
    let tick = min(Self.longestTick, timeout / 8)
    let patience = Int((min(timeout, Self.longestTimeout) / tick).rounded(.up))
    end.lock()
    defer { end.unlock() }
    while true {
      if let outcome = state.withLock({ $0.outcome }) {
        try outcome.get()
        return report(timeout: timeout)
      }
      _ = end.wait(until: Date(timeIntervalSinceNow: tick))
      let isStuck = state.withLock { state in
        state.ticks += 1
        return !state.readers.isEmpty
          && state.readers.values.allSatisfy { $0.sample != nil && state.ticks - $0.since > patience }
      }
      if isStuck { return report(timeout: timeout) }
    }
  }

  private func report(timeout: Double) -> VerificationReport {
    state.withLock { state in
      var faults = state.faults
      let stuck = state.readers.values.compactMap(\.sample)
      for sample in stuck { faults[sample] = .notReadInTime(path: dataSet.name(of: sample), seconds: timeout) }
      return VerificationReport(
        faults: faults.sorted { $0.key < $1.key }.map(\.value), skipped: dataSet.count - state.done - stuck.count)
    }
  }
}

/// One thread's decoder and memory.
private struct SampleVerifier: ~Copyable {
  private var decoder: ImageDecoder
  private var stored: ByteBuffer
  private var pixels = ByteBuffer()

  init(_ options: DecodingOptions) throws(DataError) {
    decoder = try ImageDecoder(options)
    stored = ByteBuffer(fileLimit: options.limits.fileBytes)
  }

  mutating func fault(of sample: Int, in dataSet: any DataSet) -> DataError? {
    do throws(DataError) {
      if case .encoded = try dataSet.read(sample, into: &stored) {
        let size = try decoder.readHeader(stored.bytes, name: dataSet.name(of: sample))
        try decoder.decode(PixelRegion(size), name: dataSet.name(of: sample), into: &pixels)
      }
      return nil
    } catch {
      return error
    }
  }
}
