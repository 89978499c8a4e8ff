import Tensors

/// Merges statistics over a group of ranks, exactly and with the same bits on all of them, in the order that
/// `Communicator.combine` states. All ranks make the same calls in the same order.
///
/// The memory that a call needs is kept for the next one.
public final class StatisticsExchange {
  private let communicator: Communicator
  private let group: RankGroup
  private let packed = ScratchMemory()

  /// - Parameter span: the ranks that share statistics.
  public init(communicator: Communicator, span: StatisticsSpan = .all) {
    self.communicator = communicator
    let members = span.members(of: communicator.rank, hostOfRank: communicator.fabric.hostOfRank)
    group = RankGroup(members, topology: communicator.topology, rank: communicator.rank)
  }

  /// Merges per-channel moments over the ranks. Each channel has a count of its own, so that the channels of several
  /// layers can travel together.
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
    let all = packed.bytes(3 * channels * MemoryLayout<Double>.stride)
    let numbers = all.bindMemory(to: Double.self)
    for channel in 0..<channels {
      let isEmpty = counts[channel] == 0
      numbers[channel] = counts[channel]
      numbers[channels + channel] = isEmpty ? 0 : means[channel]
      numbers[2 * channels + channel] = isEmpty ? 0 : squaredDeviations[channel]
    }
    try communicator.combine(all, in: group, label: "BatchNorm moments") { sum, part in
      merge(
        sum.assumingMemoryBound(to: Double.self), part.assumingMemoryBound(to: Double.self), channels: channels)
    }
    for channel in 0..<channels {
      counts[channel] = numbers[channel]
      means[channel] = numbers[channels + channel]
      squaredDeviations[channel] = numbers[2 * channels + channel]
    }
  }

  /// Replaces `values` by their sums over the ranks.
  public func sum(_ values: UnsafeMutableBufferPointer<Double>) throws {
    try communicator.combine(
      UnsafeMutableRawBufferPointer(values), in: group, label: "sum of statistics"
    ) { sum, part in
      let (sum, part) = (sum.assumingMemoryBound(to: Double.self), part.assumingMemoryBound(to: Double.self))
      for index in 0..<values.count { sum[index] += part[index] }
    }
  }
}

/// Merges two sets of moments, `[counts, means, squared deviations]`, each `channels` long.
private func merge(_ all: UnsafeMutablePointer<Double>, _ part: UnsafePointer<Double>, channels: Int) {
  for channel in 0..<channels where part[channel] > 0 {
    let (count, mean, deviations) = (channel, channels + channel, 2 * channels + channel)
    let total = all[count]
    let weight = part[count] / (total + part[count])
    let delta = part[mean] - all[mean]
    // The first numbers are taken as they are: adding to zeros would be the same but for rounding.
    all[mean] = total == 0 ? part[mean] : all[mean] + delta * weight
    all[deviations] += part[deviations] + delta * delta * total * weight
    all[count] = total + part[count]
  }
}
