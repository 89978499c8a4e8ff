import Tensors

/// Which gradients are sent together.
///
/// Gradients lie in the arena in the order of the forward pass and become final in the opposite order, so the first
/// bucket is the arena's end. A bucket is a contiguous range of the arena, padding between tensors included, and may be
/// sent once all of its parts are final. No tensor is split, and every element belongs to exactly one bucket.
///
/// The last bucket is complete only when nothing is left to compute, so all of its communication shows. Therefore none is
/// larger than half of what remains, down to a size whose sending hardly matters.
public struct BucketPlan: Hashable, Sendable {
  public struct Bucket: Hashable, Sendable {
    /// f32 elements of the arena.
    public let elements: Range<Int>
    /// Indices into the layout's `parts`.
    public let parts: Range<Int>

    public var bytes: Int { elements.count * ElementType.f32.bytes }
  }

  /// In the order in which they become ready: from the arena's end to its start.
  public let buckets: [Bucket]
  /// The index of each part's bucket in `buckets`.
  public let bucketOfPart: [Int]

  /// Smaller buckets are made only where they are asked for.
  private static let leastBytes = 1 << 20

  /// - Parameters:
  ///   - layout: gradients in forward order, all f32; traps otherwise.
  ///   - bucketBytes: a bucket is closed before it would become larger; a tensor that is larger alone gets its own.
  public init(_ layout: ArenaLayout, bucketBytes: Int) {
    precondition(layout.parts.allSatisfy { $0.type == .f32 }, "gradients are f32")
    precondition(bucketBytes > 0, "a bucket of \(bucketBytes) bytes")
    let offsets = layout.parts.map(\.offset) + [layout.bytes]
    var buckets: [Bucket] = []
    var bucketOfPart = [Int](repeating: 0, count: layout.parts.count)
    var end = layout.parts.count
    while end > 0 {
      var start = end - 1
      let most = min(bucketBytes, max(Self.leastBytes, offsets[end] / 2))
      while start > 0, offsets[end] - offsets[start - 1] <= most { start -= 1 }
      for part in start..<end { bucketOfPart[part] = buckets.count }
      let elements = offsets[start] / ElementType.f32.bytes..<offsets[end] / ElementType.f32.bytes
      buckets.append(Bucket(elements: elements, parts: start..<end))
      end = start
    }
    self.buckets = buckets
    self.bucketOfPart = bucketOfPart
  }
}
