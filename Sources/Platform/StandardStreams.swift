import CFiles
import Glibc

/// Makes sure that the three standard streams are open, before anything else is opened: a file that got the number of one that
/// was closed would be written into by whoever prints. To a standard output that is closed nothing can be written.
public func openStandardStreams() {
  let stands: [(number: Int32, path: String, flags: Int32)] = [
    (STDIN_FILENO, "/dev/null", O_RDONLY), (STDOUT_FILENO, "/dev/full", O_WRONLY),
    (STDERR_FILENO, "/dev/null", O_WRONLY),
  ]
  // In order, so that each gets the lowest number that is free: its own.
  for stand in stands where fcntl(stand.number, F_GETFD) < 0 { _ = open(stand.path, stand.flags) }
}

/// Writes a line to standard error, whole. A failure is ignored: there is nowhere left to report it.
public func tell(_ line: String) { writeToStandardError(terminalText(line) + "\n") }

/// Writes as it is, for progress lines that move the cursor.
public func writeToStandardError(_ text: String) {
  var rest = Array(text.utf8)[...]
  while !rest.isEmpty {
    let written = rest.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    if written < 0, errno != EINTR, errno != EAGAIN { return }
    rest = rest.dropFirst(max(written, 0))
  }
}

/// Writes what is left of standard output and closes it: the last thing that a command does with it.
///
/// - Returns: why not all of it could be written, a result among it perhaps; nil where it was.
public func endStandardOutput() -> String? {
  let code = cf_end_standard_output()
  if code == 0 { return nil }
  return code < 0 ? "an earlier part was refused" : "\(String(cString: strerror(code))) (errno \(code))"
}

/// A message as it may go to a terminal: what cannot be seen, and could move the cursor or change colors, is marked as
/// `visibleText` marks it. Marks that are there already stay as they are.
///
/// - Parameter hasLines: whether line breaks and tabs are the message's own.
public func terminalText(_ text: String, hasLines: Bool = true) -> String {
  let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
  if isPlain { return text }
  var shown = ""
  for scalar in text.unicodeScalars {
    if isVisible(scalar) || hasLines && (scalar == "\n" || scalar == "\t") {
      shown.unicodeScalars.append(scalar)
    } else {
      shown += visibleText(String(scalar))
    }
  }
  return shown
}
