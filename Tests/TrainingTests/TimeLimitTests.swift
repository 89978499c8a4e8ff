import Testing
import Training

@Suite struct TimeLimitTests {
  private func limit(_ limits: String, slurm: String? = nil) throws -> TimeLimit {
    let limits = try configuration(minimalText, "limits=\(limits)").limits
    return TimeLimit(limits, start: 1000, environment: slurm.map { ["SLURM_JOB_END_TIME": $0] } ?? [:])
  }

  @Test func withoutALimitItIsNeverReached() throws {
    #expect(try limit("{}").end == nil)
    #expect(try !limit("{}").isReached(1e12))
  }

  @Test func theEarlierEndCountsLessTheMargin() throws {
    #expect(try limit(#"{ "wall_seconds": 500, "margin_seconds": 20 }"#).end == 1480)
    #expect(try limit(#"{ "wall_seconds": 500 }"#, slurm: "1400").end == 1340)
    #expect(try limit(#"{ "wall_seconds": 100 }"#, slurm: "1400").end == 1040)
    #expect(try limit(#"{ "slurm_end_time": false }"#, slurm: "1400").end == nil)
    #expect(try limit("{}", slurm: "Unknown").end == nil)
  }

  /// A variable of an allocation that has ended would stop every start after one step.
  @Test func anEndThatHasPassedIsIgnored() throws {
    let past = try limit("{}", slurm: "1000")
    #expect(past.end == nil && past.ignoredEnd == 1000)
    #expect(try limit(#"{ "wall_seconds": 500 }"#, slurm: "900").end == 1440)
    // So near that it stops at once, but not past.
    #expect(try limit("{}", slurm: "1001").end == 941)
  }

  @Test func aLimitSaysWhatItIs() throws {
    #expect(try limit(#"{ "wall_seconds": 100 }"#, slurm: "1400").reason.hasPrefix("limits.wall_seconds (100.0 s"))
    #expect(try limit(#"{ "wall_seconds": 500 }"#, slurm: "1400").reason.hasPrefix("the end of the Slurm allocation"))
  }

  @Test func itIsReachedAtItsEnd() throws {
    let limit = try limit(#"{ "wall_seconds": 100, "margin_seconds": 0 }"#)
    #expect(!limit.isReached(1099.9) && limit.isReached(1100))
  }
}
