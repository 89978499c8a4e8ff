import Testing
import Training

@Suite struct ThreadWaitingTests {
  @Test(arguments: [
    (threads: 1, ranks: 8, cores: 2, sleeps: false),
    (threads: 2, ranks: 1, cores: 1, sleeps: false),
    (threads: 2, ranks: 2, cores: 4, sleeps: false),
    (threads: 2, ranks: 2, cores: 3, sleeps: true),
    (threads: 2, ranks: 2, cores: 2, sleeps: true),
  ])
  func threadsSleepWhereTheyHaveNoCoreEach(threads: Int, ranks: Int, cores: Int, sleeps: Bool) {
    #expect(ThreadWaiting(threadsPerRank: threads, ranksOnHost: ranks, cores: cores).mustSleep == sleeps)
  }

  @Test(arguments: [
    ([:], 1), (["OMPI_COMM_WORLD_LOCAL_SIZE": "3"], 3), (["SLURM_STEP_TASKS_PER_NODE": "4(x3)"], 4),
    (["SLURM_STEP_TASKS_PER_NODE": "2,5(x2),1"], 5), (["OMPI_COMM_WORLD_LOCAL_SIZE": "?"], 1),
  ])
  func launchersSayHowManyRanksAHostHas(environment: [String: String], ranks: Int) {
    #expect(ThreadWaiting.ranksOnHost(environment) == ranks)
  }
}
