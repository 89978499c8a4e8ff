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

  /// Merges per-channel moments over the ranks, in rank order.
  ///
  /// Source: Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979.
  ///
  /// - Parameters:
  ///   - count: values per channel on this rank; 0 when it has no samples, and then the arrays' contents are ignored.
  ///   - means: `[C]`, this rank's means; replaced by the means over all ranks, zeros when no rank has a value.
  ///   - squaredDeviations: `[C]`, this rank's sums of squared deviations from its means; replaced by those over all
  ///     ranks.
  /// - Returns: values per channel over all ranks.
  public func mergeMoments(
    count: Int, means: UnsafeMutableBufferPointer<Double>, squaredDeviations: UnsafeMutableBufferPointer<Double>
  ) throws -> Int {
    precondition(count >= 0 && means.count == squaredDeviations.count)
    let channels = means.count
    let all = try gather(1 + 2 * channels, "exchange of moments") { own in
      own[0] = Double(count)
      for channel in 0..<channels {
        own[1 + channel] = means[channel]
        own[1 + channels + channel] = squaredDeviations[channel]
      }
    }
    means.update(repeating: 0)
    squaredDeviations.update(repeating: 0)
    var total = 0.0
    for rank in 0..<communicator.worldSize {
      let part = all[rank * (1 + 2 * channels)..<(rank + 1) * (1 + 2 * channels)]
      let moments = UnsafeMutableBufferPointer(rebasing: part)
      guard moments[0] > 0 else { continue }
      let weight = moments[0] / (total + moments[0])
      for channel in 0..<channels {
        let delta = moments[1 + channel] - means[channel]
        // The first rank's numbers are taken as they are: adding to zeros would be the same but for rounding.
        means[channel] = total == 0 ? moments[1 + channel] : means[channel] + delta * weight
        squaredDeviations[channel] += moments[1 + channels + channel] + delta * delta * total * weight
      }
      total += moments[0]
    }
    return Int(total)
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
    let partBytes = count * MemoryLayout<Double>.stride
    let bytes = communicator.worldSize * partBytes
    if buffer.bytes.count < bytes { buffer = AlignedBuffer(bytes: bytes) }
    let all = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<bytes])
    let rank = communicator.rank
    fill(
      UnsafeMutableRawBufferPointer(rebasing: all[rank * partBytes..<(rank + 1) * partBytes])
        .bindMemory(to: Double.self))
    try communicator.exchange(all, operation: operation) { $0 * partBytes..<($0 + 1) * partBytes }
    return all.bindMemory(to: Double.self)
  }
}
