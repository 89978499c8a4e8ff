import Foundation

/// When a run must have stopped by itself, with a checkpoint, to be started again later.
package struct TimeLimit: Hashable, Sendable {
  /// Seconds since 1970; nil where nothing limits the run.
  package let end: Double?

  /// - Parameters:
  ///   - start: of the process, in seconds since 1970.
  ///   - environment: Slurm tells the end of the allocation in `SLURM_JOB_END_TIME`, in seconds since 1970.
  package init(_ limits: RunConfiguration.Limits, start: Double, environment: [String: String]) {
    let own = limits.wallSeconds > 0 ? start + limits.wallSeconds : nil
    let slurm = limits.slurmEndTime ? environment["SLURM_JOB_END_TIME"].flatMap(Double.init) : nil
    end = [own, slurm].compactMap(\.self).min().map { $0 - limits.marginSeconds }
  }

  /// - Parameter now: in seconds since 1970.
  package func isReached(_ now: Double) -> Bool { end.map { now >= $0 } ?? false }

  /// Of this process.
  static func ofProcess(_ limits: RunConfiguration.Limits) -> TimeLimit {
    TimeLimit(
      limits, start: Date().timeIntervalSince1970, environment: ProcessInfo.processInfo.environment)
  }

  var isReached: Bool { end != nil && isReached(Date().timeIntervalSince1970) }
}
