import Foundation
import Glibc
import TestSupport
import Testing

extension JobSuite {
  /// A rank that the kernel kills for lack of memory, and `launch/supervise`.
  @Suite(.serialized) struct SuperviseMemoryTests {
    /// Made-up files of the kernel, below `system` in the job's folder, and where the counter is among them.
    struct Kernel: Sendable, CustomTestStringConvertible {
      let testDescription: String
      let cgroup: String
      let mounts: String
      let counter: String
      var others: [String] = []

      static let version2 = "40 31 0:38 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw\n"
      static let version1 = """
        33 31 0:30 / /sys/fs/cgroup/cpu rw,relatime shared:5 - cgroup cgroup rw,cpu
        35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:6 - cgroup cgroup rw,memory
        41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw

        """

      static let all = [
        Self(
          testDescription: "version 2", cgroup: "0::/user.slice/job\n", mounts: version2,
          counter: "sys/fs/cgroup/user.slice/job/memory.events", others: ["proc/vmstat"]),
        Self(
          testDescription: "version 2, further up", cgroup: "0::/user.slice/job/a b\n", mounts: version2,
          counter: "sys/fs/cgroup/user.slice/memory.events", others: ["sys/fs/cgroup/user.slice/job/memory.events"]),
        Self(
          testDescription: "version 1", cgroup: "9:name=systemd:/\n4:cpu,memory:/job\n0::/\n", mounts: version1,
          counter: "sys/fs/cgroup/memory/job/memory.oom_control", others: ["proc/vmstat"]),
        Self(
          testDescription: "version 1 in a container", cgroup: "4:memory:/docker/17\n",
          mounts: version1.replacing("0:32 / /", with: "0:32 /docker/17 /"),
          counter: "sys/fs/cgroup/memory/memory.oom_control"),
        Self(
          testDescription: "neither", cgroup: "0::/\n", mounts: version2, counter: "proc/vmstat",
          others: ["sys/fs/cgroup/other/memory.events"]),
      ]

      func write(into folder: JobFolder) throws {
        try write(cgroup, "proc/self/cgroup", into: folder)
        try write(mounts, "proc/self/mountinfo", into: folder)
        for name in [counter] + others { try write("max 3\noom 5\noom_kill 4\nunder_oom 0\n", name, into: folder) }
      }

      private func write(_ text: String, _ name: String, into folder: JobFolder) throws {
        let path = URL(fileURLWithPath: folder.path("system/\(name)"))
        try FileManager.default.createDirectory(
          at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: path, atomically: false, encoding: .utf8)
      }

      /// For an attempt: one more.
      var grows: String { "sed -i 's/^oom_kill 4/oom_kill 5/' 'system/\(counter)'" }
    }

    private static let killed = "exited on signal 9 (Killed)."

    /// mpirun's word that a rank was killed on this machine.
    private static let killedHere =
      "echo \"mpirun noticed that process rank 1 with PID 0 on node $(uname -n) \(killed)\" >&2"

    private func run(_ attempts: [String], _ kernel: Kernel, hosts: String) throws -> (SupervisedJob, ProcessOutcome) {
      let job = try SupervisedJob(attempts)
      try kernel.write(into: job.folder)
      let ended = try job.run(
        ["--hosts", hosts], environment: ["DIST_TRAIN_SYSTEM_ROOT": job.folder.path("system")])
      return (job, ended)
    }

    private static func ownHost() throws -> String {
      let name = try runProcess(URL(fileURLWithPath: "/bin/uname"), ["-n"]).output
      return name.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    @Test(arguments: Kernel.all) func itIsFinalAndNoHostIsBlamed(kernel: Kernel) throws {
      let attempts = ["\(kernel.grows); \(Self.killedHere); exit 137"]
      let (job, ended) = try run(attempts, kernel, hosts: "\(try Self.ownHost()):2,b:2")
      #expect(try ended.status == 137 && job.calls().count == 1, "\(ended)")
      let events = try job.events()
      #expect(
        events.contains {
          $0.contains("killed by the kernel for lack of memory") && $0.hasSuffix("\(kernel.counter) went from 4 to 5")
        }, "\(ended)")
      #expect(events.last?.contains("lower batch.global") == true && events.last?.contains("--ranks 4'") == true)
      #expect(!ended.errors.contains("at fault"), "\(ended)")
    }

    /// mpirun may hang or crash after its words, or be the one that is killed.
    @Test(arguments: ["\(killedHere); exit 139", "\(killedHere); sleep 60", "kill -KILL $$"])
    func whateverMPIRunMakesOfIt(end: String) throws {
      let job = try SupervisedJob(["\(Kernel.all[0].grows); \(end)"])
      try Kernel.all[0].write(into: job.folder)
      let ended = try job.run(
        ["--hosts", try Self.ownHost(), "--end-timeout", "1"],
        environment: ["DIST_TRAIN_SYSTEM_ROOT": job.folder.path("system")])
      #expect(try ended.status == 137 && job.calls().count == 1, "\(ended)")
    }

    @Test(arguments: Kernel.all) func aCounterThatHasNotGrownSaysNothing(kernel: Kernel) throws {
      // Before the start that ends so, it has.
      let attempts = ["\(kernel.grows); exit 71", "\(Self.killedHere); exit 137", "exit 0"]
      let (job, ended) = try run(attempts, kernel, hosts: "\(try Self.ownHost()):2,b:2")
      #expect(try ended.status == 0 && job.calls().count == 3, "\(ended)")
      #expect(ended.errors.contains("at fault (1 of 2): process rank 1 exited on signal 9"), "\(ended)")
    }

    /// Nor what grows here about a rank that was killed elsewhere, or one that ended otherwise.
    @Test(arguments: [
      "echo 'mpirun noticed that process rank 2 with PID 0 on node b \(killed)' >&2; exit 137", "exit 71",
    ])
    func otherEndsAreNotMistaken(end: String) throws {
      let kernel = Kernel.all[0]
      let (job, ended) = try run(["\(kernel.grows); \(end)", "exit 0"], kernel, hosts: "\(try Self.ownHost()):2,b:2")
      #expect(try ended.status == 0 && job.calls().count == 2, "\(ended)")
    }

    /// A folder of the memory controller's hierarchy in which this process may make cgroups that are limited.
    private static let memoryCgroups: String? = ["/sys/fs/cgroup/memory", "/sys/fs/cgroup"].first { folder in
      let trial = "\(folder)/trial\(getpid())"
      guard geteuid() == 0, mkdir(trial, 0o755) == 0 else { return false }
      defer { rmdir(trial) }
      return ["memory.limit_in_bytes", "memory.max"].contains {
        FileManager.default.fileExists(atPath: "\(trial)/\($0)")
      }
    }

    /// Of this machine's own kernel: a process of the job takes more than the job may have.
    @Test(.enabled(if: memoryCgroups != nil, "needs root and a memory cgroup")) func theKernelsOwnWord() throws {
      let cgroup = "\(try #require(Self.memoryCgroups))/supervised\(getpid())"
      let job = try SupervisedJob(["head -c 2G /dev/zero | tail -c 1G >/dev/null; \(Self.killedHere); exit 137"])
      try job.script(
        "limited",
        """
        mkdir \(cgroup)
        for file in memory.limit_in_bytes memory.max; do
          if [[ -e \(cgroup)/$file ]]; then echo 300M >\(cgroup)/$file; fi
        done
        for file in memory.memsw.limit_in_bytes memory.swap.max; do
          if [[ -e \(cgroup)/$file ]]; then echo 300M >\(cgroup)/$file; fi
        done
        echo $$ >\(cgroup)/cgroup.procs
        exec "$@"
        """)
      defer { rmdir(cgroup) }
      let ended = try job.run(["--hosts", try Self.ownHost()], through: "limited")
      #expect(ended.status == 137, "\(ended)")
      #expect(ended.errors.contains(/oom_kill in \S+ went from 0 to 1\n/), "\(ended)")
    }
  }
}
