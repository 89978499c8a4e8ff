import Foundation

/// The terminal on which a person sees this process's standard error, if there is one.
///
/// Under Open MPI 4.1 a rank's own descriptors tell nothing: its standard output is always a pseudo-terminal (of size
/// 0 by 0) and its standard error always a pipe, wherever mpirun's go. So a rank looks at the standard error of the
/// mpirun above it, which is on the same host as rank 0 unless a host file says otherwise.
package struct Terminal: Equatable {
  package let path: String

  /// Nil where no terminal is found, or one that cannot redraw a line.
  package static func ofStandardError(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> Terminal? {
    guard environment["TERM"] != "dumb" else { return nil }
    if isatty(STDERR_FILENO) == 1 { return Terminal(unchecked: "/proc/self/fd/\(STDERR_FILENO)") }
    // Whoever sent this rank's standard error to a file of its own does not want the terminal's view in it.
    var own = stat()
    guard fstat(STDERR_FILENO, &own) == 0, own.st_mode & S_IFMT == S_IFIFO else { return nil }
    return launcher().flatMap { Terminal("/proc/\($0)/fd/\(STDERR_FILENO)") }
  }

  /// Another user's terminal (after `su`) cannot be opened by its path, but still be written to.
  private init(unchecked path: String) { self.path = path }

  /// Nil if `path` is not a terminal.
  package init?(_ path: String) {
    self.path = path
    guard onDescriptor({ isatty($0) == 1 }) == true else { return nil }
  }

  /// Characters in a line now; 80 if the terminal does not say.
  package var columns: Int {
    let columns = onDescriptor { descriptor in
      var size = winsize()
      return ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 ? Int(size.ws_col) : 0
    }
    return columns.flatMap { $0 > 0 ? $0 : nil } ?? 80
  }

  private func onDescriptor<Value>(_ body: (Int32) -> Value) -> Value? {
    let descriptor = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    return body(descriptor)
  }

  /// The mpirun that started this process, directly or by way of a script.
  private static func launcher() -> Int32? {
    var process = getppid()
    for _ in 0..<4 where process > 1 {
      let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/exe")
      if let name = program?.split(separator: "/").last, ["orterun", "prterun", "mpirun"].contains(name) {
        return process
      }
      guard let parent = parent(of: process) else { return nil }
      process = parent
    }
    return nil
  }

  private static func parent(of process: Int32) -> Int32? {
    let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
    let line = status?.split(separator: "\n").first { $0.hasPrefix("PPid:") }
    return line.flatMap { Int32($0.dropFirst("PPid:".count).trimmingCharacters(in: .whitespaces)) }
  }
}
