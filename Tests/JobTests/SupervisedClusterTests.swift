import Foundation
import Glibc
import TestSupport
import Testing

extension JobSuite {
  /// `launch/supervise` and real jobs.
  @Suite(.serialized) struct SupervisedClusterTests {
    private static let steps = 28

    @Test func aKilledRankCostsNoBits() throws {
      let folder = try JobFolder()
      let unbroken = try folder.train("unbroken", ranks: 2)
      try #require(unbroken.status == 0, "\(unbroken)")
      let checkpoint = folder.path(folder.checkpoint("broken", step: 10))
      let arguments = [
        "--ranks", "2", "--wait", "0", "job.json", "--set", "name=broken", "--set", "threads_per_rank=1",
      ]
      let supervised = try runProcess(
        SupervisedJob.script, arguments, environment: ["OMPI_MCA_mpi_yield_when_idle": "1"], directory: folder.url,
        timeout: .seconds(120)
      ) { supervise in
        whenThere(checkpoint) {
          for mpirun in children(of: supervise) { for rank in children(of: mpirun).suffix(1) { kill(rank, SIGKILL) } }
        }
      }
      #expect(supervised.status == 0 && supervised.errors.contains("restart 1"), "\(supervised)")
      #expect(try folder.tensors("broken", step: Self.steps) == folder.tensors("unbroken", step: Self.steps))
    }

    /// Host 3 loses its rank, is cut off, and is left out: two ranks end what three began.
    @Test(.enabled(if: VirtualCluster.isPossible, "needs root and network namespaces"))
    func aHostThatFailsTwiceIsLeftOut() throws {
      let folder = try JobFolder()
      try folder.write(JobFolder.configuration, to: "job.json")
      let cluster = try VirtualCluster(hosts: 3)
      let host = "\(cluster.name)-h"
      let supervise = [
        "exec", "--name", cluster.name, "h1", "--", SupervisedJob.script.path, "--wait", "0", "--start-timeout", "60",
        "--end-timeout", "5", "--program", try MPIRun.product("dist-train").path, "--hosts",
        "\(host)1,\(host)2,\(host)3",
        "--rsh", VirtualCluster.script.deletingLastPathComponent().appendingPathComponent("lib/virtual-ssh").path,
        "--mpirun", VirtualCluster.mpirunOptions.joined(separator: " "), folder.path("job.json"),
        "--set", "output=\(folder.path("runs"))", "--set", "data.train=\(folder.path("sample/train"))",
        "--set", "data.validation=\(folder.path("sample/val"))", "--set", "threads_per_rank=1",
        "--set", "collectives.timeout_seconds=4",
      ]
      let ended = try VirtualCluster.call(supervise, timeout: .seconds(200)) { _ in
        whenThere(folder.path(folder.checkpoint("job", step: 5))) {
          for rank in (try? cluster.processes()) ?? [] where rank.host == "\(host)3" && rank.command == "dist-train" {
            kill(rank.pid, SIGKILL)
          }
        }
        whenThere(folder.path(folder.checkpoint("job", step: 15))) { _ = try? cluster("cut", "h3") }
      }
      #expect(ended.status == 0, "\(ended)")
      #expect(ended.errors.contains("host \(host)3 at fault (1 of 2)"), "\(ended)")
      #expect(ended.errors.contains("dropped; going on with 2 ranks on \(host)1:1 \(host)2:1"), "\(ended)")
      #expect(try folder.metrics("job", "epoch").map { $0["samples"] } == Array(repeating: .integer(50), count: 4))
      #expect(folder.contents("runs/job").contains("result.json"))
      #expect(try cluster.processes().isEmpty)
    }
  }
}
