import Platform
import Synchronization

/// Does `body` for each of `0..<count`, on `threads` threads at once, the calling one among them. The first error ends the work
/// and is thrown.
///
/// - Parameters:
///   - makeTool: called once by each thread; what it gives is that thread's alone.
///   - progress: called after each, on any of the threads, several at a time, with how many are done.
func forEachConcurrently<Tool: ~Copyable>(
  count: Int, threads: Int, progress: @Sendable (_ done: Int) throws -> Void = { _ in },
  makeTool: @Sendable () throws -> Tool, _ body: @Sendable (Int, inout Tool) throws -> Void
) throws {
  let next = Atomic(0)
  let done = Atomic(0)
  let failure = Mutex<(any Error)?>(nil)
  try runOnThreads(min(threads, count), for: "work on images", giveUp: { next.store(count, ordering: .relaxed) }) { _ in
    do {
      var tool = try makeTool()
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < count else { return }
        try body(index, &tool)
        try progress(done.wrappingAdd(1, ordering: .relaxed).newValue)
      }
    } catch {
      next.store(count, ordering: .relaxed)
      failure.withLock { $0 = $0 ?? error }
    }
  }
  if let error = failure.withLock({ $0 }) { throw error }
}
