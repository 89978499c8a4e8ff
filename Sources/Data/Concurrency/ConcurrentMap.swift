import Platform
import Synchronization

/// `body` of each of `0..<count`, on `threads` threads, which is worth while also beyond the cores where `body` waits for a
/// disk. Where it throws, the error of the lowest index is thrown, whatever the timing.
func mapConcurrently<Value: Sendable>(
  count: Int, threads: Int, _ body: @escaping @Sendable (Int) throws(DataError) -> Value
) throws(DataError) -> [Value] {
  let next = Atomic(0)
  let results = Mutex((values: [Value?](repeating: nil, count: count), failure: (index: Int, error: DataError)?.none))
  do throws(SystemLimitReached) {
    try runOnThreads(min(threads, count), for: "listing files", giveUp: { next.store(count, ordering: .relaxed) }) {
      _ in
      while true {
        // Indices are handed out in order, so all below one that fails are in work and will be heard of.
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < count else { return }
        do throws(DataError) {
          let value = try body(index)
          results.withLock { $0.values[index] = value }
        } catch {
          next.store(count, ordering: .relaxed)
          results.withLock { if $0.failure.map({ index < $0.index }) ?? true { $0.failure = (index, error) } }
        }
      }
    }
  } catch {
    throw .limit(error)
  }
  let (values, failure) = results.withLock { ($0.values, $0.failure) }
  if let failure { throw failure.error }
  return values.compactMap { $0 }
}
