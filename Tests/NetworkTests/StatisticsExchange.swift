import Foundation
import Network

/// Statistics shared by ranks that are threads of one process: each deposits its numbers, and when all have, each
/// merges them in rank order.
final class StatisticsExchange: @unchecked Sendable {
  struct Stalled: Error, CustomStringConvertible {
    let rank: Int
    var description: String { "rank \(rank) waited 30 seconds for the others' statistics" }
  }

  private let condition = NSCondition()
  private var deposits: [[Double]?]
  private var departed = 0

  init(ranks: Int) { deposits = Array(repeating: nil, count: ranks) }

  func reducer(rank: Int) -> any StatisticsReducer { Reducer(exchange: self, rank: rank) }

  /// Every rank's deposit, in rank order. A round ends when all have taken it; only then does the next begin.
  private func exchange(_ deposit: [Double], rank: Int) throws -> [[Double]] {
    condition.lock()
    defer { condition.unlock() }
    try wait(rank) { deposits[rank] == nil }
    deposits[rank] = deposit
    condition.broadcast()
    try wait(rank) { deposits.allSatisfy { $0 != nil } }
    let all = deposits.compactMap { $0 }
    departed += 1
    if departed == deposits.count {
      departed = 0
      deposits = Array(repeating: nil, count: deposits.count)
      condition.broadcast()
    } else {
      try wait(rank) { deposits[rank] == nil || departed == 0 }
    }
    return all
  }

  private func wait(_ rank: Int, until isDone: () -> Bool) throws {
    let deadline = Date(timeIntervalSinceNow: 30)
    while !isDone() {
      guard condition.wait(until: deadline) else { throw Stalled(rank: rank) }
    }
  }

  private final class Reducer: StatisticsReducer {
    private let exchange: StatisticsExchange
    private let rank: Int

    init(exchange: StatisticsExchange, rank: Int) {
      (self.exchange, self.rank) = (exchange, rank)
    }

    func mergeMoments(
      counts: UnsafeMutableBufferPointer<Double>, means: UnsafeMutableBufferPointer<Double>,
      squaredDeviations: UnsafeMutableBufferPointer<Double>
    ) throws {
      let deposits = try exchange.exchange(Array(counts) + Array(means) + Array(squaredDeviations), rank: rank)
      let channels = counts.count
      counts.update(repeating: 0)
      for deposit in deposits {
        for c in 0..<channels where deposit[c] > 0 {
          let (mean, squares) = (deposit[channels + c], deposit[2 * channels + c])
          let (total, share) = (counts[c], deposit[c] / (counts[c] + deposit[c]))
          let difference = total == 0 ? 0 : mean - means[c]
          means[c] = total == 0 ? mean : means[c] + difference * share
          squaredDeviations[c] =
            total == 0 ? squares : squaredDeviations[c] + squares + difference * difference * share * total
          counts[c] += deposit[c]
        }
      }
    }

    func sum(_ values: UnsafeMutableBufferPointer<Double>) throws {
      let deposits = try exchange.exchange(Array(values), rank: rank)
      for index in values.indices { values[index] = deposits.reduce(0) { $0 + $1[index] } }
    }
  }
}

/// Runs `body` once per rank, each on a thread of its own, and returns what they return in rank order.
func onThreads<Result: Sendable>(
  ranks: Int, _ body: @escaping @Sendable (_ rank: Int) throws -> Result
) throws -> [Result] {
  let results = Results<Result>(count: ranks)
  let group = DispatchGroup()
  for rank in 0..<ranks {
    group.enter()
    Thread.detachNewThread {
      results.set(Swift.Result { try body(rank) }, rank)
      group.leave()
    }
  }
  group.wait()
  return try results.values.map { try $0!.get() }
}

private final class Results<Value: Sendable>: @unchecked Sendable {
  private let lock = NSLock()
  private(set) var values: [Swift.Result<Value, any Error>?]

  init(count: Int) { values = Array(repeating: nil, count: count) }

  func set(_ value: Swift.Result<Value, any Error>, _ index: Int) {
    lock.withLock { values[index] = value }
  }
}
