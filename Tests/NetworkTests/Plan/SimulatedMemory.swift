import Tensors

/// The activation arena with names in place of numbers: what each range of bytes holds. A write wipes out whatever it
/// touches.
struct SimulatedMemory {
  /// One sample of a tensor.
  struct Content: Hashable {
    /// Its number in `FormalTensors`.
    let tensor: Int
    let sample: Int
    let type: ElementType
  }

  private struct Region {
    let range: Range<Int>
    let content: Content
  }

  /// Disjoint, in the order of their addresses.
  private var regions: [Region] = []

  mutating func write(_ content: Content, at range: Range<Int>) {
    guard !range.isEmpty else { return }
    let first = firstIndex { $0.upperBound > range.lowerBound }
    let end = firstIndex { $0.lowerBound >= range.upperBound }
    regions.replaceSubrange(first..<end, with: CollectionOfOne(Region(range: range, content: content)))
  }

  /// What was written at exactly this range and is whole.
  func content(at range: Range<Int>) -> Content? {
    let index = firstIndex { $0.lowerBound >= range.lowerBound }
    return index < regions.count && regions[index].range == range ? regions[index].content : nil
  }

  /// The first region that is so, where all behind it are so too.
  private func firstIndex(where isBehind: (Range<Int>) -> Bool) -> Int {
    var (low, high) = (0, regions.count)
    while low < high {
      let middle = (low + high) / 2
      if isBehind(regions[middle].range) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
