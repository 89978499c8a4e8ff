/// How the process ends. Every rank of a job leaves with the same status. Values follow sysexits.h where they fit.
public enum ExitStatus: Int32, CaseIterable, Sendable {
  case done = 0
  case usage = 64
  case data = 65
  case noCheckpoint = 66
  case internalError = 70
  case ranksLost = 71
  case output = 73
  case stopped = 75

  /// What happened, and what to do about it.
  public var meaning: String {
    switch self {
    case .done: "Done."
    case .usage: "Bad usage or configuration. The message lists every problem; nothing was written."
    case .data: "Bad data: a folder or an image cannot be used. The message names it."
    case .noCheckpoint:
      "No usable checkpoint where one was asked for, or where there must have been one. `dist-train checkpoint verify` says "
        + "more."
    case .internalError:
      "The watchdog, diverging training, a limit of the system (threads, memory, open files) or an internal error ended "
        + "the run. The message says which, and what to do."
    case .ranksLost:
      "A rank was lost, or the ranks disagree. Look for the first rank that printed an error; start again to go on."
    case .output:
      "Output could not be written: no room or no permission; standard output counts. The message names the file and the "
        + "reason."
    case .stopped: "Stopped on request, after a checkpoint. Start it again to go on."
    }
  }
}
