import Logging

/// The processors that a rank is bound to, against what it is to compute with: mpirun binds each of one or two ranks to a single
/// core, unless it is told otherwise.
package struct Binding: Equatable {
  let threadsPerRank, threads, bound, cores, ranksOnHost: Int

  /// - Parameters:
  ///   - threadsPerRank: as the configuration says it; 0: the host's cores divided by its ranks.
  ///   - threads: what follows from it and from the binding.
  package init(threadsPerRank: Int, threads: Int, bound: Int, cores: Int, ranksOnHost: Int) {
    (self.threadsPerRank, self.threads, self.bound) = (threadsPerRank, threads, bound)
    (self.cores, self.ranksOnHost) = (cores, ranksOnHost)
  }

  init(_ configuration: RunConfiguration, ranksOnHost: Int) {
    self.init(
      threadsPerRank: configuration.threadsPerRank, threads: configuration.threads(ranksOnHost: ranksOnHost),
      bound: boundCores(), cores: hostCores(), ranksOnHost: ranksOnHost)
  }

  /// What a rank would compute with if nothing bound it.
  private var share: Int { max(1, cores / ranksOnHost) }

  /// Nil where the threads have the processors that they should have.
  package var warning: String? {
    let wanted = threadsPerRank > 0 ? threads : share
    guard bound < wanted else { return nil }
    let finding =
      threadsPerRank > 0
      ? "\(threads) threads share the \(bound) of \(cores) processors that this rank is bound to"
      : "this rank is bound to \(bound) of the host's \(cores) processors, so that it computes with \(threads) thread\(threads == 1 ? "" : "s") where "
        + "threads_per_rank 0 would give it \(share)"
    return
      "\(finding); mpirun binds so by default: add --map-by slot:PE=\(wanted) --bind-to core, or --bind-to none, or start with "
      + "launch/local, which chooses"
  }
}
