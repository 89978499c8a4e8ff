import CVectorKernels

/// The threads of one rank: oneDNN's own, so that no second pool competes with it for the rank's cores.
///
/// OpenMP keeps a pool for each thread that starts work, so a team belongs to the thread of its `Engine`.
public final class ThreadTeam {
  /// Threads that work is spread over, the calling one included.
  public let threads: Int
  private let openMP: cvk_open_mp?

  /// - Parameter openMP: nil runs all parts one after the other on the calling thread.
  init(threads: Int, openMP: cvk_open_mp?) {
    precondition(threads > 0, "a team needs at least one thread")
    (self.threads, self.openMP) = (threads, openMP)
  }

  /// Calls `body` once for every part in `0..<parts`, possibly at the same time on several threads, and waits for all of
  /// them. Nothing is allocated. What each part does must not depend on the thread or on the other parts.
  public func run(_ parts: Int, _ body: (Int) -> Void) {
    if parts > 1, threads > 1, var openMP {
      runParts(parts, body, min(parts, threads), &openMP)
    } else {
      for part in 0..<parts { body(part) }
    }
  }

  /// How many parts to make of `count` things: one for each thread, but none with fewer than `minimum` things, below which
  /// waking a thread costs more than it brings.
  public func parts(of count: Int, atLeast minimum: Int) -> Int {
    max(1, min(threads, count / max(minimum, 1)))
  }

  /// Splits `0..<count` into contiguous ranges, one for each part that `parts(of:atLeast:)` makes. The split depends on the
  /// arguments and on `threads` alone.
  public func forEachRange(of count: Int, atLeast minimum: Int, _ body: (Range<Int>) -> Void) {
    let parts = parts(of: count, atLeast: minimum)
    run(parts) { body(ThreadTeam.range($0, of: parts, count: count)) }
  }

  /// Calls `body` for every sample of a tile, on as many threads as the samples' elements are worth.
  public func forEachSample(_ samples: Int, elements: Int, _ body: (Int) -> Void) {
    forEachRange(of: samples, atLeast: (elementsWorthAThread + elements - 1) / max(elements, 1)) { range in
      for sample in range { body(sample) }
    }
  }

  /// The part'th of `parts` contiguous ranges that cover `0..<count` and differ in length by at most 1.
  public static func range(_ part: Int, of parts: Int, count: Int) -> Range<Int> {
    part * count / parts..<(part + 1) * count / parts
  }
}

/// In `CVectorKernels/threads.c`, which says why. Swift imports no C function that takes a closure, so it is declared
/// here: Swift hands a closure over as two arguments, function and context.
@_silgen_name("cvk_run_parts")
private func runParts(_ parts: Int, _ body: (Int) -> Void, _ threads: Int, _ openMP: UnsafePointer<cvk_open_mp>)
