import Foundation
import TestSupport

/// A folder in which `launch/supervise` starts a fake mpirun: a script that does as it is told for each attempt.
final class SupervisedJob {
  let folder: JobFolder

  static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../launch/supervise").standardizedFileURL

  /// - Parameter attempts: what mpirun does when it is called for the first time, the second, ...; the last one also does
  ///   for all that follow. The functions `checkpoint STEP` and `step STEP` are at hand.
  init(_ attempts: [String]) throws {
    folder = try JobFolder(images: false)
    try folder.write(JobFolder.configuration, to: "job.json")
    for name in ["bin", "down", "tmp"] {
      try FileManager.default.createDirectory(atPath: folder.path(name), withIntermediateDirectories: true)
    }
    for (index, attempt) in attempts.enumerated() { try folder.write(attempt, to: "attempt.\(index + 1)") }
    try script(
      "mpirun",
      """
      if [[ $1 == --version ]]; then echo 'mpirun (Open MPI) 4.1.4'; exit; fi
      echo "$*" >>calls
      number=$(wc -l <calls)
      checkpoint() { mkdir -p "runs/job/checkpoints/step-$(printf %08d "$1")"; }
      step() { mkdir -p runs/job; echo "{\\"kind\\": \\"step\\", \\"step\\": $1}" >>runs/job/metrics.jsonl; }
      source "./attempt.$((number < \(attempts.count) ? number : \(attempts.count)))"
      """)
    try script("agent", "test ! -e \"down/$1\"")
  }

  /// Makes a program that is found before others.
  func script(_ name: String, _ text: String) throws {
    try folder.write("#!/usr/bin/env bash\n\(text)\n", to: "bin/\(name)")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path("bin/\(name)"))
  }

  /// - Parameter wrapper: one of the programs made here, which starts what its arguments say.
  func run(
    _ options: [String], _ arguments: [String] = [], environment: [String: String] = [:],
    through wrapper: String? = nil, onStart: (pid_t) -> Void = { _ in }
  ) throws -> ProcessOutcome {
    let path = "\(folder.path("bin")):\(ProcessInfo.processInfo.environment["PATH"] ?? "")"
    let own = ["--program", try MPIRun.product("dist-train").path, "--wait", "0", "--rsh", folder.path("bin/agent")]
    let variables = environment.merging(["PATH": path, "TMPDIR": folder.path("tmp")]) { $1 }
    let words = [wrapper.map { folder.path("bin/\($0)") }, Self.script.path].compactMap(\.self)
    return try runProcess(
      URL(fileURLWithPath: words[0]), words.dropFirst() + own + options + ["job.json"] + arguments,
      environment: variables, directory: folder.url, onStart: onStart)
  }

  /// The arguments of each call of mpirun.
  func calls() throws -> [String] { try lines("calls") }

  /// The events, without their times.
  func events() throws -> [String] {
    try lines("runs/job/supervise.log").map { String($0.drop { $0 != " " }.dropFirst()) }
  }

  /// What still runs in the folder, and temporary files.
  func leftovers() throws -> [String] {
    let search = """
      for path in /proc/[0-9]*; do
        if [ "$(readlink $path/cwd)" = '\(folder.url.path)' ]; then cat $path/comm; fi
      done 2>/dev/null
      """
    let processes = try runProcess(URL(fileURLWithPath: "/bin/sh"), ["-c", search]).output
    return processes.split(separator: "\n").map(String.init) + folder.contents("tmp")
  }

  /// The lines of a file.
  func lines(_ name: String) throws -> [String] {
    try String(contentsOfFile: folder.path(name), encoding: .utf8).split(separator: "\n").map(String.init)
  }
}
