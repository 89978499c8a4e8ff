import Foundation

/// When a run must have stopped by itself, with a checkpoint, to be started again later.
package struct TimeLimit: Hashable, Sendable {
  /// Seconds since 1970; nil where nothing limits the run.
  package let end: Double?
  /// What sets the limit, in words that complete "stopped by".
  package let reason: String
  /// An end of the allocation that had passed before the run began: the variable is of another job. Seconds since 1970.
  package let ignoredEnd: Double?

  /// - Parameters:
  ///   - start: of the process, in seconds since 1970.
  ///   - environment: Slurm tells the end of the allocation in `SLURM_JOB_END_TIME`, in seconds since 1970.
  package init(_ limits: RunConfiguration.Limits, start: Double, environment: [String: String]) {
    let own = limits.wallSeconds > 0 ? start + limits.wallSeconds : nil
    let told = limits.slurmEndTime ? environment["SLURM_JOB_END_TIME"].flatMap(Double.init) : nil
    ignoredEnd = told.flatMap { $0 <= start ? $0 : nil }
    let slurm = ignoredEnd == nil ? told : nil
    end = [own, slurm].compactMap(\.self).min().map { $0 - limits.marginSeconds }
    let isOwn = own.map { $0 <= slurm ?? .infinity } ?? false
    reason =
      isOwn
      ? "limits.wall_seconds (\(limits.wallSeconds) s, of which limits.margin_seconds are kept)"
      : "the end of the Slurm allocation (SLURM_JOB_END_TIME), of which limits.margin_seconds are kept"
  }

  /// - Parameter now: in seconds since 1970.
  package func isReached(_ now: Double) -> Bool { end.map { now >= $0 } ?? false }

  /// Of this process. The first rank of a host says what is ignored.
  static func ofProcess(_ preparation: Preparation) -> TimeLimit {
    let limit = TimeLimit(
      preparation.plan.configuration.limits, start: Date().timeIntervalSince1970,
      environment: ProcessInfo.processInfo.environment)
    let fabric = preparation.everyone.fabric
    if let ignored = limit.ignoredEnd, fabric.rank == fabric.ranksOnThisHost.first {
      preparation.logger.warning(
        "SLURM_JOB_END_TIME (\(Date(timeIntervalSince1970: ignored).formatted(.iso8601))) has passed: it is of an allocation that has ended, and is ignored"
      )
    }
    return limit
  }

  var isReached: Bool { end != nil && isReached(Date().timeIntervalSince1970) }
}
