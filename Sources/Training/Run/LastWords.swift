import Fabrics
import Foundation
import Platform
import Synchronization

/// Ends this process though a call of MPI never returns, and has it say first what it knows. Once a rank is lost any call
/// may hang: it waits for a connection that cannot be made, or for a daemon that cannot be reached.
enum LastWords {
  typealias Sentence = @Sendable () -> String

  /// What this rank would say now.
  private static let sentence = Mutex<Sentence?>(nil)
  private static let leavesWithNeighbours = Mutex<(@Sendable () -> Bool)?>(nil)
  private static let hasSpoken = Mutex(false)
  /// The number of the decision to leave that holds; odd while there is one.
  private static let leavings = Atomic<Int>(0)
  private static let isStandingBy = Atomic<Bool>(false)
  /// Longer than it takes to ask the other ranks and to tell what they know.
  static let patience = 2.2
  /// Within the second that Open MPI leaves after SIGTERM, and time enough to ask the others.
  private static let lastMoment = 0.6

  /// If the process is still there after a while, it says its sentence and leaves. Called again, it only has another
  /// sentence.
  static func leave(after seconds: Double, status: ExitStatus, saying newSentence: @escaping Sentence) {
    sentence.withLock { $0 = newSentence }
    let number = leavings.load(ordering: .relaxed)
    guard number % 2 == 0 else { return }
    leavings.store(number + 1, ordering: .relaxed)
    do {
      try startThread(for: "the end of this process") {
        Thread.sleep(forTimeInterval: seconds)
        if leavings.load(ordering: .relaxed) == number + 1 { leaveNow(after: 0, status) }
      }
    } catch {
      leaveNow(after: 0, status)
    }
  }

  /// Takes `leave` back. On the thread that called it.
  static func stay(saying newSentence: @escaping Sentence) {
    sentence.withLock { $0 = newSentence }
    let number = leavings.load(ordering: .relaxed)
    if number % 2 == 1 { leavings.store(number + 1, ordering: .relaxed) }
  }

  /// The same once Open MPI ends the job, wherever this rank may then hang.
  ///
  /// - Parameter neighbours: notes that this rank leaves, and says whether all ranks of its host do.
  static func standBy(saying newSentence: @escaping Sentence, leavingWith neighbours: @escaping @Sendable () -> Bool)
    throws(SystemLimitReached)
  {
    sentence.withLock { $0 = newSentence }
    leavesWithNeighbours.withLock { $0 = neighbours }
    guard !isStandingBy.exchange(true, ordering: .relaxed) else { return }
    takeOverOpenMPIsExit()
    try startThread(for: "watching whether Open MPI ends the job") {
      StopRequest.waitUntilLauncherEndsJob()
      leaveNow(after: lastMoment, .ranksLost)
    }
  }

  /// Does `work`; if that takes longer than `timeout`, says so and leaves. Time in which this process did not run does not count.
  static func limit<Result>(
    _ timeout: Duration, to work: () throws -> Result, orElse complaint: @escaping Sentence
  ) throws -> Result {
    let done = DispatchSemaphore(value: 0)
    try startThread(for: "a deadline of MPI's") {
      let beginning = RunningClock.now
      while RunningClock.now - beginning <= timeout {
        if done.wait(timeout: .now() + .milliseconds(100)) == .success { return }
      }
      say(complaint())
      _exit(ExitStatus.ranksLost.rawValue)
    }
    defer { done.signal() }
    return try work()
  }

  /// Once is enough. Whoever leaves after another thread has begun to speak waits for it, but not for ever.
  static func say(_ sentence: String) {
    for _ in 0..<50 {
      let done: Void? = hasSpoken.withLockIfAvailable { hasSpoken in
        if !hasSpoken { Console.standardError(rank: 0).print(sentence) }
        hasSpoken = true
      }
      if done != nil { return }
      usleep(10_000)
    }
  }

  /// Open MPI ends the process itself, with status 255, when it finds a connection broken: by `_exit` in the middle of any
  /// call.
  private static func takeOverOpenMPIsExit() {
    atLibraryExit { status in
      guard status == 255 || status == -1 else { return status }
      LastWords.sayItsSentence()
      return ExitStatus.ranksLost.rawValue
    }
  }

  private static func sayItsSentence() {
    if let sentence = sentence.withLock(\.self) { say(sentence()) }
  }

  /// The first process of a host to end makes Open MPI kill the others there, at once if it has begun to end the job. So they
  /// wait for each other, but not for long.
  static func waitForNeighbours() {
    guard let allLeave = leavesWithNeighbours.withLock(\.self) else { return }
    for _ in 0..<200 where !allLeave() { usleep(2_000) }
  }

  private static func leaveNow(after seconds: Double, _ status: ExitStatus) -> Never {
    Thread.sleep(forTimeInterval: seconds)
    sayItsSentence()
    waitForNeighbours()
    _exit(status.rawValue)
  }
}
