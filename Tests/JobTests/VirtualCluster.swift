import Foundation
import Glibc
import TestSupport
import Testing

/// A cluster of hosts on this machine, made by `cluster/virtual`. Removed when it goes.
final class VirtualCluster: Sendable {
  let name: String

  /// Whether this process may make network namespaces.
  static let isPossible: Bool = {
    guard geteuid() == 0 else { return false }
    let trial = "test\(getpid())"
    let commands = "ip netns add \(trial) && ip netns del \(trial)"
    return (try? runProcess(URL(fileURLWithPath: "/bin/sh"), ["-c", commands]))?.status == 0
  }()

  init(hosts: Int, rate: String = "1gbit") throws {
    name = Self.freshName()
    let started = try Self.call(["up", "--name", name, "--hosts", "\(hosts)", "--rate", rate])
    try #require(started.status == 0, "\(started)")
  }

  deinit { _ = try? Self.call(["down", "--name", name]) }

  static func freshName() -> String { "test\(getpid())n\(UInt16.random(in: 0 ... .max))" }

  static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../cluster/virtual").standardizedFileURL

  /// For an mpirun that is started on a host of a cluster without `cluster/virtual run`, whose links are its only network.
  static let mpirunOptions = [
    "--bind-to", "none", "--mca", "plm_rsh_no_tree_spawn", "1", "--mca", "pml", "ob1", "--mca", "btl", "tcp,self",
    "--mca", "btl_tcp_if_include", "10.99.0.0/24", "--mca", "oob_tcp_if_include", "10.99.0.0/24", "--mca",
    "mpi_yield_when_idle", "1",
  ]

  static func call(
    _ arguments: [String], timeout: Duration = .seconds(30), onStart: (pid_t) -> Void = { _ in }
  ) throws -> ProcessOutcome {
    try runProcess(script, arguments, timeout: timeout, onStart: onStart)
  }

  /// `cluster/virtual action --name NAME arguments...`
  @discardableResult
  func callAsFunction(
    _ action: String, _ arguments: String..., onStart: (pid_t) -> Void = { _ in }
  ) throws -> ProcessOutcome {
    try Self.call([action, "--name", name] + arguments, onStart: onStart)
  }

  func run(_ program: String..., options: [String] = [], onStart: (pid_t) -> Void = { _ in }) throws -> ProcessOutcome {
    try Self.call(["run", "--name", name] + options + ["--"] + program, onStart: onStart)
  }

  /// What runs on the hosts.
  func processes() throws -> [(pid: pid_t, host: String, command: String)] {
    try self("pids").output.split(separator: "\n").map { line in
      let words = line.split(separator: " ").map(String.init)
      return (pid_t(words[0]) ?? 0, words[1], words[3])
    }
  }

  /// Does `action` on another thread once `ranks` processes of that name run on the hosts.
  func onceRunning(_ command: String, ranks: Int, _ action: @escaping @Sendable () -> Void) {
    let name = name
    Thread.detachNewThread {
      for _ in 0..<300 {
        let pids = (try? Self.call(["pids", "--name", name]).output) ?? ""
        if pids.split(separator: "\n").count(where: { $0.hasSuffix(" \(command)") }) == ranks { break }
        usleep(20_000)
      }
      action()
    }
  }

  /// Everything of this cluster that is left: namespaces, processes in them, files.
  func traces() throws -> [String] {
    let search = """
      ls -d /run/netns/\(name)-* /run/dist-train-virtual-\(name)* /tmp/*\(name)-* /dev/shm/*\(name)-* 2>/dev/null
      for path in /proc/[0-9]*; do
        if tr '\\0' '\\n' <$path/environ | grep -q '\(name)'; then echo $path $(cat $path/comm); fi
      done 2>/dev/null
      ip -o link | grep '\(name)'; true
      """
    let found = try runProcess(URL(fileURLWithPath: "/bin/sh"), ["-c", search]).output
    return found.split(separator: "\n").map(String.init)
  }
}
