import Tensors

/// Merges statistics over the ranks of a communicator, exactly and with the same bits on all of them: each rank gathers
/// everyone's numbers in one hop and merges them in rank order. All ranks make the same calls in the same order.
///
/// The memory that a call needs is kept for the next one.
public final class StatisticsExchange {
  private let communicator: Communicator
  private var buffer = AlignedBuffer(bytes: 0)

  public init(communicator: Communicator) {
    self.communicator = communicator
  }

  /// Merges per-channel moments over the ranks, in rank order. Each channel has a count of its own, so that the
  /// channels of several layers can travel together.
  ///
  /// Source: Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979.
  ///
  /// - Parameters:
  ///   - counts: `[C]`, values on this rank; replaced by those over all ranks.
  ///   - means: `[C]`, this rank's means, ignored where the count is 0; replaced by the means over all ranks, zero where no
  ///     rank has a value.
  ///   - squaredDeviations: `[C]`, this rank's sums of squared deviations from its means; replaced likewise.
  public func mergeMoments(
    counts: UnsafeMutableBufferPointer<Double>, means: UnsafeMutableBufferPointer<Double>,
    squaredDeviations: UnsafeMutableBufferPointer<Double>
  ) throws {
    let channels = counts.count
    precondition(means.count == channels && squaredDeviations.count == channels)
    let all = try gather(3 * channels, "exchange of moments") { own in
      for channel in 0..<channels {
        own[channel] = counts[channel]
        own[channels + channel] = means[channel]
        own[2 * channels + channel] = squaredDeviations[channel]
      }
    }
    for values in [counts, means, squaredDeviations] { values.update(repeating: 0) }
    for rank in 0..<communicator.worldSize {
      let part = all[rank * 3 * channels..<(rank + 1) * 3 * channels]
      let moments = UnsafeMutableBufferPointer(rebasing: part)
      for channel in 0..<channels where moments[channel] > 0 {
        let (count, mean) = (moments[channel], moments[channels + channel])
        let (total, weight) = (counts[channel], count / (counts[channel] + count))
        let delta = mean - means[channel]
        // The first rank's numbers are taken as they are: adding to zeros would be the same but for rounding.
        means[channel] = total == 0 ? mean : means[channel] + delta * weight
        squaredDeviations[channel] += moments[2 * channels + channel] + delta * delta * total * weight
        counts[channel] += count
      }
    }
  }

  /// Replaces `values` by their sums over the ranks, added in rank order.
  public func sum(_ values: UnsafeMutableBufferPointer<Double>) throws {
    let count = values.count
    let all = try gather(count, "sum of statistics") { own in _ = own.update(from: values) }
    for index in 0..<count {
      var sum = all[index]
      for rank in 1..<max(1, communicator.worldSize) { sum += all[rank * count + index] }
      values[index] = sum
    }
  }

  /// Every rank's `count` numbers, one rank's after the other's; `fill` writes this rank's. Valid until the next call.
  private func gather(
    _ count: Int, _ operation: StaticString, fill: (UnsafeMutableBufferPointer<Double>) -> Void
  ) throws -> UnsafeMutableBufferPointer<Double> {
    let bytes = communicator.worldSize * count * MemoryLayout<Double>.stride
    if buffer.bytes.count < bytes { buffer = AlignedBuffer(bytes: bytes) }
    let all = UnsafeMutableBufferPointer(rebasing: buffer.elements(Double.self)[..<(communicator.worldSize * count)])
    let rank = communicator.rank
    fill(UnsafeMutableBufferPointer(rebasing: all[rank * count..<(rank + 1) * count]))
    try communicator.allGather(all, operation: operation)
    return all
  }
}
