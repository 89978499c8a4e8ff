import Testing
import Training

@Suite struct MemoryVerdictTests {
  private func demand(_ bytes: Int, _ limits: [(String, Int, String)]) -> MemoryDemand {
    MemoryDemand(host: "n1", bytes: bytes, limits: limits.map { MemoryDemand.Limit($0.0, $0.1, owner: $0.2) })
  }

  @Test(arguments: [(89, 0, 0), (91, 1, 0), (110, 1, 0), (111, 0, 1)])
  func aShareDecides(bytes: Int, tight: Int, lacking: Int) {
    let verdict = MemoryVerdict([demand(bytes, [("memory", 100, "host 0")])])
    #expect(verdict.tight.count == tight && verdict.lacking.count == lacking)
  }

  /// Two ranks of one host, each alone within its own limit, and together beyond the group's.
  @Test func ranksThatShareALimitAreAddedUp() {
    let limits = { (process: Int) in [("addresses", 100, "process \(process)"), ("group", 100, "group")] }
    let verdict = MemoryVerdict([demand(60, limits(1)), demand(60, limits(2)), demand(60, [("group", 100, "other")])])
    #expect(verdict.tight.isEmpty)
    #expect(verdict.lacking.map(\.description) == ["2 ranks on n1 will need 0.0 MB by the plan, and group is 0.0 MB"])
  }

  @Test func slurmSaysWhatAJobMayHave() {
    #expect(MemoryDemand.slurm(["SLURM_MEM_PER_NODE": "2048"])?.value == 2 << 30)
    #expect(MemoryDemand.slurm(["SLURM_MEM_PER_CPU": "512", "SLURM_CPUS_ON_NODE": "8"])?.value == 4 << 30)
    #expect(MemoryDemand.slurm(["SLURM_MEM_PER_NODE": "0"]) == nil)
    #expect(MemoryDemand.slurm(["SLURM_MEM_PER_CPU": "512"]) == nil)
  }
}
