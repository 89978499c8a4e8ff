import Platform
import Synchronization
import Testing

@Suite struct ThreadsTests {
  @Test func everyThreadDoesItsPart() throws {
    let done = Mutex<Set<Int>>([])
    try runOnThreads(7, for: "a test") { index in _ = done.withLock { $0.insert(index) } }
    #expect(done.withLock { $0 } == Set(0..<7))
    try runOnThreads(0, for: "nothing") { _ in Issue.record("there is nothing to do") }
  }

  /// More address space than any machine has, as a stand-in for a limit.
  @Test func aThreadThatCannotBeStartedIsAnErrorThatNamesLimits() {
    #expect {
      try startThread(for: "a test", stackBytes: 1 << 50) {}
    } throws: {
      "\($0)".hasPrefix("no thread could be started for a test: ") && "\($0)".contains("Limits here: ")
    }
  }

  @Test func rehearsedThreadsEnd() throws {
    let rehearsal = try ThreadRehearsal(5, for: "a test")
    rehearsal.end()
    rehearsal.end()
    #expect(throws: Never.self) { try ThreadRehearsal(0, for: "nothing") }
  }

  @Test func theClockGoesOn() throws {
    try RunningClock.start()
    try RunningClock.start()
    let before = RunningClock.now
    #expect(RunningClock.now >= before)
  }
}
