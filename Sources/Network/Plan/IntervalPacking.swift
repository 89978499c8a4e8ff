import Tensors

/// Memory that is needed from one step of a plan to another, both included.
public struct Interval: Hashable, Sendable {
  public var bytes: Int
  public var firstStep: Int
  public var lastStep: Int

  public init(bytes: Int, firstStep: Int, lastStep: Int) {
    (self.bytes, self.firstStep, self.lastStep) = (bytes, firstStep, lastStep)
  }

  public func overlaps(_ other: Interval) -> Bool {
    firstStep <= other.lastStep && other.firstStep <= lastStep
  }
}

/// Gives every interval an offset so that no two that live at the same time share a byte.
///
/// Largest first, each at the lowest gap that fits it: "greedy by size for offset calculation" of Pisarchyk and Lee 2020,
/// "Efficient Memory Management for Deep Neural Net Inference". Offsets are multiples of the arena's alignment.
public func packIntervals(_ intervals: [Interval]) -> (offsets: [Int], bytes: Int) {
  var offsets = [Int](repeating: 0, count: intervals.count)
  var placed: [Int] = []
  let order = intervals.indices.sorted {
    (intervals[$1].bytes, $0) < (intervals[$0].bytes, $1)
  }
  for index in order {
    let interval = intervals[index]
    let taken = placed.filter { intervals[$0].overlaps(interval) }
      .map { offsets[$0]..<offsets[$0] + roundUp(intervals[$0].bytes, to: AlignedBuffer.alignment) }
      .sorted { $0.lowerBound < $1.lowerBound }
    var offset = 0
    for range in taken {
      if offset + interval.bytes <= range.lowerBound { break }
      offset = max(offset, range.upperBound)
    }
    offsets[index] = offset
    placed.append(index)
  }
  let bytes = intervals.indices.map { offsets[$0] + intervals[$0].bytes }.max() ?? 0
  return (offsets, roundUp(bytes, to: AlignedBuffer.alignment))
}
