import Logging

/// Writes a rank's log to its console.
///
/// Warnings and errors say which rank they come from. What is merely informative comes from rank 0 alone, as it is:
/// the others would say the same.
public struct RankLogHandler: LogHandler {
  public var logLevel: Logger.Level
  public var metadata: Logger.Metadata = [:]
  public var metadataProvider: Logger.MetadataProvider?
  private let rank: Int
  private let console: Console

  public init(rank: Int, console: Console) {
    self.rank = rank
    self.console = console
    logLevel = rank == 0 ? .info : .warning
  }

  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  public func log(event: LogEvent) {
    let all = metadata.merging(metadataProvider?.get() ?? [:]) { $1 }.merging(event.metadata ?? [:]) { $1 }
    let details = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
    let error = event.error.map { ": \($0)" } ?? ""
    console.print(Self.text(level: event.level, rank: rank, message: "\(event.message)\(error)\(details)"))
  }

  /// Each line of a message of several lines carries the rank, for ranks write at the same time.
  static func text(level: Logger.Level, rank: Int, message: String) -> String {
    guard level >= .warning else { return message }
    let word = level == .warning ? "warning" : "error"
    let lines = message.split(separator: "\n", omittingEmptySubsequences: false)
    return "[rank \(rank)] \(word): " + lines.joined(separator: "\n[rank \(rank)]   ")
  }
}

extension Logger {
  /// A logger for one rank that writes to `console`, whatever the process's logging system is.
  public init(rank: Int, console: Console) {
    self.init(label: "dist-train", factory: { _ in RankLogHandler(rank: rank, console: console) })
  }
}
