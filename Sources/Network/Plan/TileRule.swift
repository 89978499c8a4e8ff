/// How many samples a tile holds.
///
/// Enough that reading the weights costs little beside the work on them, and no more than a thread's cache holds of what
/// one step reads and writes, where both can be had. Constants, not properties of the machine, since the order of sums
/// depends on them.
package enum TileRule {
  static let cachedBytes = 1 << 20
  /// Bytes of activations for a byte of weights.
  static let activationsPerWeight = 2

  /// - Parameters:
  ///   - bytesPerSample: of activations that a section's largest step reads and writes.
  ///   - weightBytes: of the section's largest weights.
  /// - Returns: a divisor of the batch: the largest that is at most twice as many samples as wanted.
  package static func samples(batch: Int, bytesPerSample: Int, weightBytes: Int, threads: Int) -> Int {
    let wanted = max(cachedBytes * threads, activationsPerWeight * weightBytes) / max(1, bytesPerSample)
    return divisor(of: batch, atMost: 2 * wanted)
  }

  /// All tiles are alike; a batch without samples has none, and their size is 1.
  package static func divisor(of batch: Int, atMost limit: Int) -> Int {
    (1...max(1, batch)).last { batch % $0 == 0 && $0 <= max(1, limit) }!
  }
}
