import Tensors

/// How the buffers of one message size lie in a rank's memory.
///
/// A rank has a set of target buffers, which are used one after the other by whichever contender's turn it is, and where
/// sums go from a source into a target, a set of source buffers beside it. A set is larger than the last-level cache, so
/// that no call finds its data there: gradients that were written while much else was do not lie there either, and a
/// benchmark that sums the same buffer again and again would report the cache's speed.
struct RotationPlan: Hashable, Sendable {
  /// Bytes from a buffer to the next.
  let stride: Int
  /// Buffers in a set.
  let count: Int
  let hasSources: Bool

  var setBytes: Int { count * stride }
  var totalBytes: Int { hasSources ? 2 * setBytes : setBytes }

  /// The fewest buffers whose total is more than `rotationBytes`, and at least two.
  init(elements: Int, rotationBytes: Int, hasSources: Bool) {
    stride = max(AlignedBuffer.alignment, roundUp(elements * ElementType.f32.bytes, to: AlignedBuffer.alignment))
    count = max(2, rotationBytes / stride + 1)
    self.hasSources = hasSources
  }
}
