import Collectives
import Glibc
import Synchronization

/// The request that the run save and end, from a signal: SIGUSR1, which mpirun passes on to every rank, SIGTERM or SIGINT.
/// A second SIGINT is no request: it ends the process at once.
///
/// SIGTERM from Open MPI's own daemon is no request: it is ending the job, usually since a process has failed, and kills
/// every rank a second later.
public enum StopRequest {
  /// The first of the signals that has come; 0: none.
  private static let received = Atomic<Int32>(0)
  private static let interrupted = Atomic<Bool>(false)
  private static let listens = Atomic<Bool>(false)
  /// The process that sent SIGTERM; 0: none has.
  private static let sender = Atomic<Int32>(0)

  /// Posted with every SIGTERM: what a thread can wait for, and a signal handler may do.
  private nonisolated(unsafe) static let termination: UnsafeMutablePointer<sem_t> = {
    let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
    sem_init(semaphore, 0, 0)
    return semaphore
  }()

  /// From now on SIGUSR1 and SIGTERM wait for `listen`, beyond an `execv` too. To be called while the process has one thread.
  public static func hold() { setBlocked(SIG_BLOCK) }

  /// From now on these signals ask for a checkpoint and an orderly end instead of killing the process.
  public static func listen() {
    // The first use of a static may initialise it under a lock, which a signal handler must not do.
    _ = isReceived
    _ = interrupted.load(ordering: .relaxed)
    _ = sender.load(ordering: .relaxed)
    _ = termination
    var action = sigaction()
    action.sa_flags = SA_SIGINFO | SA_RESTART
    action.__sigaction_handler.sa_sigaction = { number, information, _ in
      if number == SIGTERM, let information {
        StopRequest.sender.store(information.pointee._sifields._kill.si_pid, ordering: .relaxed)
      }
      if number == SIGINT, StopRequest.interrupted.exchange(true, ordering: .relaxed) { _exit(128 + SIGINT) }
      _ = StopRequest.received.compareExchange(expected: 0, desired: number, ordering: .relaxed)
      if number == SIGTERM { sem_post(StopRequest.termination) }
    }
    // Standard error may be gone before this rank is: that must not end it with another status.
    signal(SIGPIPE, SIG_IGN)
    for number in [SIGUSR1, SIGTERM, SIGINT] { sigaction(number, &action, nil) }
    listens.store(true, ordering: .relaxed)
    setBlocked(SIG_UNBLOCK)
  }

  private static func setBlocked(_ how: Int32) {
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGUSR1, SIGTERM] { sigaddset(&signals, number) }
    pthread_sigmask(how, &signals, nil)
  }

  static var isListening: Bool { listens.load(ordering: .relaxed) }

  static var isReceived: Bool { received.load(ordering: .relaxed) != 0 }

  /// The signal's name; nil where none has come.
  static var signalName: String? {
    switch received.load(ordering: .relaxed) {
    case 0: nil
    case SIGUSR1: "SIGUSR1"
    case SIGTERM: "SIGTERM"
    case SIGINT: "SIGINT"
    case let number: "signal \(number)"
    }
  }

  /// Whether Open MPI is ending the job.
  static var launcherEndsJob: Bool {
    let sender = sender.load(ordering: .relaxed)
    guard sender > 0, let name = try? readFile("/proc/\(sender)/comm") else { return false }
    return daemons.contains(String(decoding: name, as: UTF8.self))
  }

  /// Returns when Open MPI has begun to end the job: for a thread of its own.
  static func waitUntilLauncherEndsJob() {
    repeat { while sem_wait(termination) != 0 {} } while !launcherEndsJob
  }

  /// Of Open MPI 4 and 5.
  private static let daemons: Set = ["orted\n", "mpirun\n", "orterun\n", "mpiexec\n", "prted\n", "prterun\n"]
}

extension StopRequest {
  /// What asks this rank to stop, in words that complete "stopped by"; nil where nothing does.
  static func reason(_ limit: TimeLimit) -> String? { signalName ?? (limit.isReached ? limit.reason : nil) }

  /// That of the lowest rank that has one; empty where none has. Every rank calls it.
  static func sharedReason(_ limit: TimeLimit, communicator: Communicator) throws -> String {
    let reasons = try communicator.allGather(Array((reason(limit) ?? "").utf8))
    guard let rank = reasons.firstIndex(where: { !$0.isEmpty }) else { return "" }
    let alone = reasons.count > 1 && reasons.count(where: { !$0.isEmpty }) == 1
    let words = String(decoding: reasons[rank], as: UTF8.self)
    return words + (alone ? " on rank \(communicator.jobRanks[rank])" : "")
  }
}
