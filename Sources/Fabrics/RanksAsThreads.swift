import Glibc
import Platform
import Synchronization

/// Runs a job of `worldSize` ranks, each a thread of this process, and returns when all have ended.
///
/// A rank whose body throws ends the job: the other ranks' fabrics throw `FabricError.aborted`, which names it, from
/// their pending and next calls.
///
/// - Parameters:
///   - stackBytes: of each thread. The system's default for threads is far below the main thread's.
///   - body: what a rank does. It runs on every rank's own thread with that rank's fabric.
/// - Returns: every rank's result or error, in rank order.
/// - Throws: `SystemLimitReached` when a thread cannot be started; the ranks already started have then been ended.
public func runRanksAsThreads<Value: Sendable>(
  worldSize: Int, stackBytes: Int = 64 << 20, body: @escaping @Sendable (any Fabric) throws -> Value
) throws -> [Result<Value, any Error>] {
  let world = InProcessWorld(worldSize: worldSize)
  let results = Results<Value>(count: worldSize)
  var threads: [pthread_t] = []
  defer { for thread in threads { pthread_join(thread, nil) } }
  for rank in 0..<worldSize {
    do {
      threads.append(
        try startJoinableThread(for: "rank \(rank) of \(worldSize)", stackBytes: stackBytes) {
          let fabric = InProcessFabric(rank: rank, world: world)
          results.set(
            rank,
            Result { try body(fabric) }.mapError { error in
              fabric.abort(reason: "\(error)")
              return error
            })
        })
    } catch {
      world.abort(by: rank, reason: "\(error)")
      throw error
    }
  }
  while let thread = threads.popLast() { pthread_join(thread, nil) }
  return results.all
}

/// Every rank's result, set once by its thread and read after that has ended.
private final class Results<Value: Sendable>: Sendable {
  private let results: Mutex<[Result<Value, any Error>?]>

  init(count: Int) { results = Mutex(.init(repeating: nil, count: count)) }

  func set(_ rank: Int, _ result: Result<Value, any Error>) {
    results.withLock { $0[rank] = result }
  }

  var all: [Result<Value, any Error>] { results.withLock { $0.compactMap(\.self) } }
}
