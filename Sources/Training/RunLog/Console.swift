import Platform
import Synchronization

/// Standard error as this rank uses it: whole lines, and below them at most one progress line, redrawn in place.
///
/// Shared by the log handler and the progress line, so that neither writes into the other. Any thread may call it.
public final class Console: Sendable {
  private let write: @Sendable (String) -> Void
  private let sharesTerminal: Bool
  private let progress = Mutex("")

  /// - Parameters:
  ///   - sharesTerminal: another rank may have left its progress line on the same terminal: erase that before printing.
  ///   - write: must write the text at once, as one piece.
  public init(sharesTerminal: Bool = false, write: @escaping @Sendable (String) -> Void) {
    self.sharesTerminal = sharesTerminal
    self.write = write
  }

  /// A failure to write is ignored: there is nowhere left to report it.
  public static func standardError(rank: Int) -> Console {
    Console(sharesTerminal: rank != 0 && Terminal.ofStandardError() != nil, write: writeToStandardError)
  }

  /// Writes a line above the progress line. `text` may have several lines.
  public func print(_ text: String) {
    progress.withLock { progress in
      let erase = sharesTerminal || !progress.isEmpty ? Self.erase : ""
      write("\(erase)\(terminalText(text))\n\(progress)")
    }
  }

  /// Shows `text`, which must fit the terminal's width, as the progress line.
  public func showProgress(_ text: String) {
    progress.withLock { progress in
      progress = text
      write(Self.erase + text)
    }
  }

  /// Takes the progress line away.
  public func clearProgress() {
    progress.withLock { progress in
      if !progress.isEmpty { write(Self.erase) }
      progress = ""
    }
  }

  /// To the beginning of the line, then erase it (ECMA-48, EL).
  private static let erase = "\r\u{1B}[K"
}
