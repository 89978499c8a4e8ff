/// Ranks that others waited for in vain. Every rank that waits throws its own. Ranks have their numbers in the job.
public struct RanksLost: Error, Sendable, CustomStringConvertible {
  public enum Reason: Hashable, Sendable {
    /// Nothing has moved for the timeout.
    case timedOut
    /// The peer's process has ended.
    case processEnded
    /// Another rank gave up waiting, and said so.
    case alarm(from: Int)
    /// Open MPI has begun to end the job.
    case launcherEndsJob
  }

  /// The rank that says so.
  public let rank: Int
  /// Whom it waited for, as far as one can be named, how long, and in what.
  public let peer: Int?
  public let seconds: Double
  public let what: String
  public let reason: Reason
  /// Ranks that gave no sign when they were asked.
  public internal(set) var silent: [Int]
  /// What is known of all ranks: on the lowest of the ranks that answered, since one report is enough.
  public internal(set) var report: String?

  public var description: String {
    let waited = "rank \(rank) waited \(secondsText(seconds))" + (peer.map { " for rank \($0)" } ?? "")
    let sentence =
      switch reason {
      case .timedOut: "\(waited) in vain: \(what)"
      case .processEnded: "\(waited), whose process has ended: \(what)"
      case .launcherEndsJob:
        "\(waited) when Open MPI began to end the job, as it does when a process has failed: \(what)"
      case .alarm(let other): "\(waited) when rank \(other) gave up: \(what)"
      }
    return sentence + (report.map { "\n\($0)" } ?? "")
  }
}

extension RanksLost {
  /// The lowest rank that answered speaks for all.
  func adding(_ report: StallReport, of rank: Int) -> Self {
    var lost = self
    lost.silent = report.silentInJob
    lost.report = report.firstAnswer == rank ? report.text : nil
    return lost
  }
}

extension CollectiveMismatch {
  func adding(_ report: StallReport, of rank: Int) -> Self {
    var mismatch = self
    mismatch.report = report.firstAnswer == rank ? report.text : nil
    return mismatch
  }
}

func secondsText(_ seconds: Double) -> String { "\((seconds * 10).rounded() / 10) s" }
