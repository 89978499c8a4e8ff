import Foundation
import Glibc

/// What a process did.
public struct ProcessOutcome: Sendable, CustomStringConvertible {
  /// The exit status; 128 plus the signal's number when a signal ended it, as shells say it.
  public let status: Int32
  public let output: String
  public let errors: String
  /// Whether it was killed because its time was up.
  public let timedOut: Bool
  public let seconds: Double

  /// Everything, for a failed test's report.
  public var description: String {
    """
    status \(status)\(timedOut ? " after its time was up" : "") in \(seconds) s
    --- standard output
    \(output)
    --- standard error
    \(errors)
    """
  }
}

/// A process that could not be started.
public struct ProcessError: Error, CustomStringConvertible {
  public let description: String
}

/// Runs a program to its end in a process group of its own, and captures what it prints. Blocks.
///
/// Output goes through files, not pipes: nobody has to read along, and a grandchild that outlives the program cannot
/// keep the caller waiting.
///
/// - Parameters:
///   - environment: added to this process's own.
///   - timeout: after which the program, its process group and all its descendants are killed.
public func runProcess(
  _ executable: URL, _ arguments: [String] = [], environment: [String: String] = [:], directory: URL? = nil,
  timeout: Duration = .seconds(60), onStart: (pid_t) -> Void = { _ in }
) throws -> ProcessOutcome {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("process-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  let outputFile = folder.appendingPathComponent("output")
  let errorFile = folder.appendingPathComponent("errors")
  let clock = ContinuousClock()
  let start = clock.now
  let merged = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
  let process = try spawn(
    // env(1) replaces itself by the program, which so keeps the process number.
    (directory.map { ["env", "--chdir=\($0.path)"] } ?? []) + [executable.path] + arguments,
    merged.map { "\($0)=\($1)" }, output: outputFile.path, errors: errorFile.path)
  onStart(process)
  var timedOut = false
  var status = waitStatus(process)
  while status == nil {
    if clock.now - start > timeout {
      timedOut = true
      kill(family: process)
      var final: Int32 = 0
      waitpid(process, &final, 0)
      status = final
    } else {
      usleep(5000)
      status = waitStatus(process)
    }
  }
  return ProcessOutcome(
    status: exitStatus(status ?? 0),
    output: String(decoding: try Data(contentsOf: outputFile), as: UTF8.self),
    errors: String(decoding: try Data(contentsOf: errorFile), as: UTF8.self),
    timedOut: timedOut, seconds: (clock.now - start) / .seconds(1))
}

private func waitStatus(_ process: pid_t) -> Int32? {
  var status: Int32 = 0
  return waitpid(process, &status, WNOHANG) == process ? status : nil
}

private func exitStatus(_ status: Int32) -> Int32 {
  let signal = status & 0x7F
  return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
}

/// Kills a process group's leader, its group, and all descendants: `mpirun` gives every rank a group of its own.
private func kill(family process: pid_t) {
  let family = descendants(of: process)
  Glibc.kill(-process, SIGKILL)
  for member in family { Glibc.kill(member, SIGKILL) }
}

/// Processes that it has started, and those that they have.
public func descendants(of process: pid_t) -> [pid_t] {
  let children = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? []
  return children.flatMap { thread in
    let list = (try? String(contentsOfFile: "/proc/\(process)/task/\(thread)/children", encoding: .utf8)) ?? ""
    return list.split(whereSeparator: \.isWhitespace).compactMap { pid_t($0) }.flatMap { [$0] + descendants(of: $0) }
  }
}

private func spawn(
  _ arguments: [String], _ environment: [String], output: String, errors: String
) throws -> pid_t {
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
  posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
  posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
  var attributes = posix_spawnattr_t()
  posix_spawnattr_init(&attributes)
  defer { posix_spawnattr_destroy(&attributes) }
  // The test runner may block or ignore signals; the program must not inherit that.
  var none = sigset_t()
  sigemptyset(&none)
  posix_spawnattr_setsigmask(&attributes, &none)
  posix_spawnattr_setpgroup(&attributes, 0)
  posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP) | Int16(POSIX_SPAWN_SETSIGMASK))
  let cArguments = arguments.map { strdup($0) } + [nil]
  let cEnvironment = environment.map { strdup($0) } + [nil]
  defer { for string in cArguments + cEnvironment { free(string) } }
  var process = pid_t()
  let code = posix_spawnp(&process, arguments[0], &actions, &attributes, cArguments, cEnvironment)
  guard code == 0 else { throw ProcessError(description: "\(arguments[0]): \(String(cString: strerror(code)))") }
  return process
}
