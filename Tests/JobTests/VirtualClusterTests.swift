import Foundation
import Glibc
import TestSupport
import Testing

extension JobSuite {
  /// `cluster/virtual`: hosts as network namespaces.
  @Suite(.serialized, .enabled(if: VirtualCluster.isPossible, "needs root and network namespaces"))
  struct VirtualClusterTests {
    @Test func ranksOfOneHostShareItsNameAndMemory() throws {
      let cluster = try VirtualCluster(hosts: 2)
      let rank = "touch /dev/shm/$OMPI_COMM_WORLD_RANK; sleep 0.5; echo $(uname -n) $(ls -x /dev/shm | tr -d '\\n')"
      let told = try cluster.run("sh", "-c", rank, options: ["-np", "3", "--slots-per-host", "2"])
      #expect(told.status == 0, "\(told)")
      let lines = told.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
      #expect(Set(lines.map { $0[0] }) == ["\(cluster.name)-h1", "\(cluster.name)-h2"])
      for line in lines {
        let (ours, theirs) = line[0].hasSuffix("h1") ? (["0", "1"], ["2"]) : (["2"], ["0", "1"])
        #expect(ours.allSatisfy(line.contains) && !theirs.contains(where: line.contains), "\(told)")
      }
    }

    /// A ring of two moves the 4 MB over each link, each way: 0.32 s at 100 Mbit/s.
    @Test func messagesTakeTheTimeOfTheLink() throws {
      let cluster = try VirtualCluster(hosts: 2, rate: "100mbit")
      let timed = try cluster.run(
        try MPIRun.product("dist-train").path, "bench-collectives", "--bytes", "4000000", "--repetitions", "1",
        "--algorithm", "ring", "--json")
      try #require(timed.status == 0, "\(timed)")
      let seconds = timed.output.firstMatch(of: /"seconds_p50":([0-9.e-]+)/).flatMap { Double($0.output.1) }
      #expect(try #require(seconds) > 0.25, "\(timed)")
    }

    @Test func recordsHowEveryRankEnded() throws {
      let cluster = try VirtualCluster(hosts: 2)
      let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(cluster.name).statuses")
      defer { try? FileManager.default.removeItem(at: file) }
      let failed = try cluster.run(
        "sh", "-c", "test $OMPI_COMM_WORLD_RANK = 0 && exec sleep 30; exit 75", options: ["--statuses", file.path])
      #expect(failed.status == 75, "\(failed)")
      let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
      let statuses = lines.map { $0.split(separator: " ") }
      #expect(statuses.map { $0[0] } == ["0", "1"] && statuses.map { $0[1].suffix(3) } == ["-h1", "-h2"])
      #expect(statuses.map { $0[2] } == ["143", "75"], "\(failed)")
      #expect(try cluster.processes().isEmpty)
    }

    @Test func aHostThatIsCutOffDoesNotHoldTheRun() throws {
      let cluster = try VirtualCluster(hosts: 2)
      let name = cluster.name
      let ended = try cluster.run("sh", "-c", "sleep 2; exit 71") { _ in
        cluster.onceRunning("sleep", ranks: 2) { _ = try? VirtualCluster.call(["cut", "--name", name, "h2"]) }
      }
      #expect(ended.status == 71 && ended.seconds < 12, "\(ended)")
      #expect(ended.errors.contains("mpirun did not end"), "\(ended)")
      #expect(try cluster.processes().isEmpty)
      // And the next one starts at once on the mended link.
      try cluster("mend", "h2")
      let again = try cluster.run("true")
      #expect(again.status == 0, "\(again)")
    }

    @Test func aShortCutIsSurvived() throws {
      let cluster = try VirtualCluster(hosts: 2)
      let name = cluster.name
      // 1: refused, so somebody is there; 124: no answer.
      let reach = ["bash", "-c", "timeout 0.4 bash -c '</dev/tcp/10.99.0.2/9' 2>&1"]
      let attempt = { try VirtualCluster.call(["exec", "--name", name, "1", "--"] + reach).status }
      #expect(try attempt() == 1)
      let cut = try cluster("cut", "\(name)-h2", "--seconds", "1") { _ in
        usleep(200_000)
        #expect((try? attempt()) == 124)
      }
      #expect(cut.status == 0 && (1..<5).contains(cut.seconds), "\(cut)")
      #expect(try attempt() == 1)
    }

    @Test(arguments: [SIGINT, SIGTERM]) func aSignalEndsTheRunAndAllOfIt(signal: Int32) throws {
      let cluster = try VirtualCluster(hosts: 2)
      let ended = try cluster.run("sleep", "60") { run in
        cluster.onceRunning("sleep", ranks: 2) { kill(run, signal) }
      }
      #expect(ended.status != 0 && !ended.timedOut && ended.seconds < 10, "\(ended)")
      #expect(try cluster.processes().isEmpty)
    }

    @Test func downRemovesWhatAKilledRunLeft() throws {
      let cluster = try VirtualCluster(hosts: 2)
      let other = try VirtualCluster(hosts: 1)
      let killed = try cluster.run("sleep", "60") { run in
        cluster.onceRunning("sleep", ranks: 2) { kill(run, SIGKILL) }
      }
      #expect(killed.status == 137, "\(killed)")
      #expect(Set(try cluster.processes().map(\.command)).isSuperset(of: ["mpirun", "orted", "sleep"]))
      let removed = try cluster("down")
      #expect(removed.status == 0, "\(removed)")
      #expect(try cluster.traces() == [])
      #expect(try cluster("down").status == 0)
      let untouched = try other.run("true")
      #expect(untouched.status == 0, "\(untouched)")
    }

    /// A rank is killed, one is stopped, a host is cut off for good, and one for two seconds: once each, which
    /// `cluster/trials` does many times.
    @Test func jobsEndInTimeWhenSomethingBreaks() throws {
      let trials = VirtualCluster.script.deletingLastPathComponent().appendingPathComponent("trials")
      let build = try MPIRun.product("dist-train").deletingLastPathComponent().path
      let scenarios = ["kill", "stop", "cut", "cut2"].flatMap { ["--scenario", $0] }
      let tried = try runProcess(
        trials, ["--trials", "1", "--name", VirtualCluster.freshName(), "--build", build] + scenarios,
        timeout: .seconds(240))
      #expect(tried.status == 0 && tried.output.contains("| cut2 | 1/1 |"), "\(tried)")
    }

    @Test func upReplacesOnlyWhatNobodyUses() throws {
      let cluster = try VirtualCluster(hosts: 1)
      let refused = try cluster("up")
      #expect(refused.status == 73 && refused.errors.contains("already"), "\(refused)")
      try cluster("down")
      // The shell that owns it ends with it.
      let up = "\(VirtualCluster.script.path) up --hosts 1 --name \(cluster.name)"
      for _ in 1...2 {
        let begun = try runProcess(URL(fileURLWithPath: "/bin/sh"), ["-c", "\(up); exit $?"])
        #expect(begun.status == 0, "\(begun)")
      }
    }
  }
}
