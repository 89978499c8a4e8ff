import Dispatch
import Platform
import Tensors

/// Prepares batches ahead of their use, on threads of its own, in a bounded ring of memory allocated once.
///
/// What a batch holds depends on `request`, the data set, the transform and the seed alone, not on the number of
/// workers or on timing; a run resumed at step s passes a request that starts there. Owned and called by one thread.
public struct Loader: ~Copyable {
  private let ring: BatchRing
  private let hasWorkers: Bool
  /// Does the work on the caller's thread when there are no workers.
  private var preparer: ImagePreparer

  /// How long `next()` has taken, in all: the time training stood still for data.
  public private(set) var secondsWaited = 0.0

  /// - Parameters:
  ///   - seed: of the augmentation's random numbers, which are keyed by (seed, epoch, sample).
  ///   - capacity: the most samples that `request` will ask for at once, partners to mix with included (two more than the
  ///     batch, at most); more trap.
  ///   - workers: threads that prepare samples. With 0, `next()` prepares the batch itself.
  ///   - depth: batches in memory, the one that is lent included; at least 2 to work ahead.
  ///   - substitution: what to do about a sample that cannot be read; nil: `next()` throws.
  ///   - timeout: seconds after which `next()` throws when no sample has been finished.
  ///   - request: batch number, from 0, to what the batch holds; nil ends the sequence. Pure; called on any thread.
  public init(
    _ dataSet: any DataSet, transform: any ImageTransform, decoding: DecodingOptions = DecodingOptions(), seed: UInt64,
    capacity: Int, workers: Int, depth: Int = 3, substitution: SubstitutionRule? = nil, timeout: Double = 240,
    request: @escaping @Sendable (Int) -> BatchRequest?
  ) {
    precondition(capacity >= 0 && workers >= 0 && depth >= 1, "a loader without memory")
    let ring = BatchRing(
      dataSet: dataSet, capacity: capacity, imageSize: transform.imageSize, views: transform.views,
      depth: workers == 0 ? 1 : depth,
      substitution: substitution, timeout: timeout, request: request)
    for worker in 0..<workers {
      ring.addWorker()
      do throws(SystemLimitReached) {
        try startThread(for: "loader \(worker + 1) of \(workers)") {
          ring.work(with: ImagePreparer(dataSet, transform: transform, decoding: decoding, seed: seed))
        }
      } catch {
        ring.giveUpWorker(error)
        break
      }
    }
    self.ring = ring
    hasWorkers = workers > 0
    preparer = ImagePreparer(dataSet, transform: transform, decoding: decoding, seed: seed)
  }

  deinit { ring.stop() }

  /// The next batch, waiting for it if need be, or nil after the last; the batch before it is taken back.
  ///
  /// Throws when a sample of this batch cannot be read or decoded and none stands in for it, and then passes on to the following batch.
  /// Throws `DataError.limit`, every time, where a thread of the loader could not be started.
  public mutating func next() throws(DataError) -> Batch? {
    let start = DispatchTime.now().uptimeNanoseconds
    defer { secondsWaited += Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9 }
    return hasWorkers ? try ring.next() : try ring.next(with: &preparer)
  }
}
