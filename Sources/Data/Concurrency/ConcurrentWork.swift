import Dispatch
import Synchronization

/// Does `body` for each of `0..<count`, on `threads` threads at once. The first error ends the work and is thrown.
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
  DispatchQueue.concurrentPerform(iterations: min(threads, count)) { _ in
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
