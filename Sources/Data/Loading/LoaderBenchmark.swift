import Dispatch

/// How fast a loader delivered one pass over its batches.
public struct LoaderReport: Hashable, Sendable {
  public let batches: Int
  public let images: Int
  /// Wall time from the loader's start to the last batch.
  public let seconds: Double
  /// Of these, spent waiting in `next()`.
  public let secondsWaited: Double

  public var imagesPerSecond: Double { seconds > 0 ? Double(images) / seconds : 0 }
  public var waitedFraction: Double { seconds > 0 ? secondsWaited / seconds : 0 }
}

/// Reads all batches that `loader` has and reports how long it took. `consume` stands for the training step: it is
/// called with each batch, and its time is not waited for by the workers.
public func measure(
  _ loader: inout Loader, consume: (Batch) -> Void = { _ in }
) throws(DataError) -> LoaderReport {
  let start = DispatchTime.now().uptimeNanoseconds
  let waitedBefore = loader.secondsWaited
  var batches = 0
  var images = 0
  while let batch = try loader.next() {
    batches += 1
    images += batch.count
    consume(batch)
  }
  let seconds = Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
  return LoaderReport(
    batches: batches, images: images, seconds: seconds, secondsWaited: loader.secondsWaited - waitedBefore)
}
