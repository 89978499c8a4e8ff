import Foundation
import TestSupport
import Testing

extension JobSuite {
  /// `cluster/slurm.sbatch`, in a copy elsewhere, as Slurm runs it, and with a fake `scontrol` and `launch/supervise`.
  @Suite(.serialized) struct SuperviseSlurmRecipeTests {
    private static let file = SupervisedJob.script.deletingLastPathComponent()
      .appendingPathComponent("../cluster/slurm.sbatch").standardizedFileURL

    private let folder: JobFolder

    init() throws {
      folder = try JobFolder(images: false)
      for name in ["a b/dist  train/cluster", "a b/dist  train/launch", "bin", "spool", "project"] {
        try FileManager.default.createDirectory(atPath: folder.path(name), withIntermediateDirectories: true)
      }
      let recipe = try String(contentsOf: Self.file, encoding: .utf8)
      try program(recipe, "a b/dist  train/cluster/slurm.sbatch")
      try program(recipe, "spool/slurm_script")
      try program("#!/bin/bash\nprintf '%s\\n' \"$0\" \"$@\"\n", "a b/dist  train/launch/supervise")
    }

    private func program(_ text: String, _ name: String) throws {
      try folder.write(text, to: name)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path(name))
    }

    /// - Parameter command: what Slurm's record names as the job's command, with its arguments; nil if Slurm does not answer.
    private func run(
      _ arguments: [String], command: String?, root: String? = nil, directory: String = "project"
    ) throws -> ProcessOutcome {
      let record = command.map { "printf 'JobId=17\\n   Command=%s\\n   WorkDir=x\\n' '\($0)'" } ?? "exit 1"
      try program("#!/bin/bash\n[[ \"$*\" == 'show job 17' ]] || exit 1\n\(record)\n", "bin/scontrol")
      var environment = [
        "PATH": "\(folder.path("bin")):\(ProcessInfo.processInfo.environment["PATH"] ?? "")", "SLURM_JOB_ID": "17",
        "SLURM_CPUS_PER_TASK": "8",
      ]
      environment["DIST_TRAIN_ROOT"] = root ?? ""
      return try runProcess(
        URL(fileURLWithPath: folder.path("spool/slurm_script")), arguments, environment: environment,
        directory: URL(fileURLWithPath: folder.path(directory)))
    }

    private var root: String { folder.path("a b/dist  train") }

    @Test func itIsFoundFromAnyFolderAndGetsAllArguments() throws {
      let arguments = ["c.json", "--set", "seed=7", "--set", "name=a  b"]
      let command = "\(root)/cluster/slurm.sbatch \(arguments.joined(separator: " "))"
      let started = try run(arguments, command: command)
      #expect(started.status == 0, "\(started)")
      let words = started.output.split(separator: "\n").map(String.init)
      #expect(words.first == "\(root)/launch/supervise")
      #expect(words.suffix(7) == arguments + ["--set", "threads_per_rank=8"], "\(words)")
    }

    @Test func itIsFoundThroughALinkAndByName() throws {
      try FileManager.default.createSymbolicLink(
        atPath: folder.path("project/train me"), withDestinationPath: "../a b/dist  train/cluster/slurm.sbatch")
      let linked = try run(["c.json"], command: "\(folder.path("project/train me")) c.json")
      #expect(linked.status == 0 && linked.output.hasPrefix("\(root)/launch/supervise\n"), "\(linked)")
      let named = try run(["c.json"], command: nil, root: root)
      #expect(named.status == 0 && named.output.hasPrefix("\(root)/launch/supervise\n"), "\(named)")
      let here = try run(["c.json"], command: nil, directory: "a b/dist  train")
      #expect(here.status == 0 && here.output.hasPrefix("\(root)/launch/supervise\n"), "\(here)")
    }

    @Test func whereItIsNotItSaysSo() throws {
      let copied = try run(["c.json"], command: "\(folder.path("project"))/mine.sbatch c.json")
      #expect(copied.status == 69 && copied.errors.contains("Set DIST_TRAIN_ROOT"), "\(copied)")
      #expect(copied.errors.contains("mine.sbatch c.json"), "\(copied)")
      let wrong = try run(["c.json"], command: nil, root: folder.path("project"))
      #expect(wrong.status == 64 && wrong.errors.contains("DIST_TRAIN_ROOT"), "\(wrong)")
    }

    @Test(arguments: [["--set", "threads_per_rank=2"], ["--set=threads_per_rank=2"]])
    func thePersonsThreadsWin(asked: [String]) throws {
      let started = try run(["--restarts", "9", "c.json"] + asked, command: nil, root: root)
      let words = started.output.split(separator: "\n").map(String.init)
      #expect(words.suffix(3 + asked.count) == ["--restarts", "9", "c.json"] + asked, "\(words)")
    }

    /// What supervise is told is what Slurm is.
    @Test func theLeadIsOneNumber() throws {
      let text = try String(contentsOf: Self.file, encoding: .utf8)
      let signal = text.firstMatch(of: /#SBATCH --signal=B:USR1@(\d+)/)?.output.1
      let lead = text.firstMatch(of: /--requeue --lead (\d+)/)?.output.1
      #expect(signal != nil && signal == lead)
    }
  }
}
