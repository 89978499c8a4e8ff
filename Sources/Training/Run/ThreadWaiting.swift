import Foundation

/// Whether OpenMP's threads should sleep while they wait for work.
///
/// They spin for some milliseconds first, which is quicker as long as every thread has a core. Where the ranks of a host
/// have more threads than it has cores, they would spin on cores that another rank needs: measured with 2 ranks of 2 threads
/// on 2 cores, steps take several times as long.
package struct ThreadWaiting: Equatable {
  let threadsPerRank, ranksOnHost, cores: Int

  package init(threadsPerRank: Int, ranksOnHost: Int, cores: Int) {
    (self.threadsPerRank, self.ranksOnHost, self.cores) = (threadsPerRank, ranksOnHost, cores)
  }

  /// As the launcher's environment and this host say, before MPI has started. The default of `threads_per_rank` divides
  /// the cores, so that every thread has one.
  package init(_ configuration: RunConfiguration, environment: [String: String]) {
    self.init(
      threadsPerRank: max(1, configuration.threadsPerRank), ranksOnHost: Self.ranksOnHost(environment),
      cores: hostCores())
  }

  /// Whether OpenMP was told so when the program started.
  static var isPassive: Bool { ProcessInfo.processInfo.environment["OMP_WAIT_POLICY"]?.lowercased() == "passive" }

  /// A rank of one thread has none to wait for. Threads of a single rank are OpenMP's own to count.
  package var mustSleep: Bool { threadsPerRank > 1 && ranksOnHost > 1 && threadsPerRank * ranksOnHost > cores }

  /// Open MPI's launcher says it outright; Slurm's as in `4(x3)`, for nodes that differ a list of them.
  package static func ranksOnHost(_ environment: [String: String]) -> Int {
    if let ranks = environment["OMPI_COMM_WORLD_LOCAL_SIZE"].flatMap({ Int($0) }) { return ranks }
    let counts = (environment["SLURM_STEP_TASKS_PER_NODE"] ?? "").split(separator: ",")
    return counts.compactMap { Int($0.prefix(while: \.isNumber)) }.max() ?? 1
  }
}
