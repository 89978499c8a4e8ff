import Glibc

/// What the ranks of one process share: undelivered messages, and whether the job has been ended.
///
/// One lock guards everything; each rank has a condition, signalled when something new concerns it. A message owns a
/// copy of its bytes, so that no rank ever touches another rank's memory: a rank may throw and free its buffers at any
/// time, whatever the others are doing.
final class InProcessWorld: @unchecked Sendable {
  /// The how-manieth message from `source` with `tag`: what makes the order of arrival the order of sending.
  struct Address: Hashable {
    let source: Int
    let tag: Int
    let ordinal: Int
  }

  final class Message {
    let sender: Int
    let bytes: UnsafeMutableRawBufferPointer
    /// Guarded by the world's lock.
    fileprivate(set) var isTaken = false

    init(from sender: Int, copying source: UnsafeRawBufferPointer) {
      self.sender = sender
      bytes = .allocate(byteCount: source.count, alignment: 64)
      bytes.copyMemory(from: source)
    }

    deinit { bytes.deallocate() }
  }

  let worldSize: Int
  private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let conditions: UnsafeMutablePointer<pthread_cond_t>
  private var mailboxes: [[Address: Message]]
  /// Per rank, how often something new has concerned it.
  private var news: [Int]
  private var ending: (rank: Int, reason: String)?

  init(worldSize: Int) {
    precondition(worldSize >= 1, "a job of \(worldSize) ranks")
    self.worldSize = worldSize
    mailboxes = .init(repeating: [:], count: worldSize)
    news = .init(repeating: 0, count: worldSize)
    pthread_mutex_init(lock, nil)
    conditions = .allocate(capacity: worldSize)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    // Deadlines must not depend on somebody setting the clock.
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    for rank in 0..<worldSize { pthread_cond_init(conditions + rank, &attributes) }
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    for rank in 0..<worldSize { pthread_cond_destroy(conditions + rank) }
    conditions.deallocate()
    pthread_mutex_destroy(lock)
    lock.deallocate()
  }

  func deliver(_ message: Message, to receiver: Int, _ address: Address) throws {
    try withLock(for: message.sender) {
      mailboxes[receiver][address] = message
      tell(receiver)
    }
  }

  /// The message, once it is there; its sender's transfer is then finished.
  func take(_ address: Address, by receiver: Int) throws -> Message? {
    try withLock(for: receiver) {
      guard let message = mailboxes[receiver].removeValue(forKey: address) else { return nil }
      message.isTaken = true
      tell(message.sender)
      return message
    }
  }

  /// The messages with this tag that wait for `receiver`.
  func senders(to receiver: Int, tag: Int) throws -> [Address] {
    try withLock(for: receiver) { mailboxes[receiver].keys.filter { $0.tag == tag } }
  }

  func isTaken(_ message: Message) throws -> Bool {
    try withLock(for: message.sender) { message.isTaken }
  }

  /// The first to end the job is the one that is named.
  func abort(by rank: Int, reason: String) {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    if ending == nil { ending = (rank, reason) }
    for rank in 0..<worldSize { tell(rank) }
  }

  /// Waits, at most half a millisecond, until there is more news for `rank` than `known`; returns how much there is.
  func waitForNews(for rank: Int, after known: Int) -> Int {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    if news[rank] == known {
      var deadline = timespec()
      clock_gettime(CLOCK_MONOTONIC, &deadline)
      deadline.tv_nsec += 500_000
      if deadline.tv_nsec >= 1_000_000_000 {
        deadline.tv_nsec -= 1_000_000_000
        deadline.tv_sec += 1
      }
      pthread_cond_timedwait(conditions + rank, lock, &deadline)
    }
    return news[rank]
  }

  private func tell(_ rank: Int) {
    news[rank] += 1
    pthread_cond_signal(conditions + rank)
  }

  private func withLock<Value>(for rank: Int, _ body: () throws -> Value) throws -> Value {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    if let ending { throw FabricError.aborted(rank: rank, by: ending.rank, reason: ending.reason) }
    return try body()
  }
}
