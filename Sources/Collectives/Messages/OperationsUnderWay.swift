/// The all-reduces that a rank has under way, in the order in which they were started, and the memory of finished ones,
/// which the next ones take.
struct OperationsUnderWay {
  private(set) var running: [AllReduceOperation] = []
  private var idle: [AllReduceOperation] = []
  private var started: UInt64 = 0

  /// Makes room for `count` at a time, at most `MessageTags.underWay`.
  mutating func reserve(_ count: Int, _ make: () -> AllReduceOperation) {
    running.reserveCapacity(count)
    idle.reserveCapacity(count)
    while running.count + idle.count < min(count, MessageTags.underWay) { idle.append(make()) }
  }

  /// How-manieth the next one is.
  mutating func nextOrdinal() -> UInt64 {
    defer { started += 1 }
    return started
  }

  mutating func takeIdle() -> AllReduceOperation? { idle.popLast() }

  mutating func add(_ operation: AllReduceOperation) {
    if operation.isFinished { idle.append(operation) } else { running.append(operation) }
  }

  mutating func retireFinished() {
    for operation in running where operation.isFinished { idle.append(operation) }
    running.removeAll { $0.isFinished }
  }

  subscript(pending: PendingAllReduce) -> AllReduceOperation? {
    for operation in running where operation.heading.sequence == pending.sequence { return operation }
    return nil
  }

  /// One that has the tags which the one numbered `ordinal` will have.
  func inTheWay(of ordinal: UInt64) -> AllReduceOperation? {
    running.first { $0.ordinal + UInt64(MessageTags.underWay) <= ordinal }
  }
}
