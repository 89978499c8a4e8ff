import Tensors

/// Where the nodes that exchange statistics gather them: the channels of those that exchange together lie side by side.
struct ExchangePlaces {
  private var forward: [Int: (memory: ExchangeMemory, channels: Range<Int>)] = [:]
  private var backward: [Int: (memory: ExchangeMemory, channels: Range<Int>)] = [:]

  init(_ plan: ExecutionPlan) {
    forward = ExchangePlaces.places(plan.forward, in: plan.graph)
    backward = ExchangePlaces.places(plan.backward, in: plan.graph)
  }

  private static func places(
    _ sections: [ExecutionPlan.Section], in graph: Graph
  ) -> [Int: (memory: ExchangeMemory, channels: Range<Int>)] {
    var places: [Int: (memory: ExchangeMemory, channels: Range<Int>)] = [:]
    for section in sections where !section.exchanges.isEmpty {
      let channels = section.exchanges.map { graph.shape(of: graph.nodes[$0].inputs[0])[0] }
      let memory = ExchangeMemory(channels: channels.reduce(0, +))
      var first = 0
      for (node, count) in zip(section.exchanges, channels) {
        places[node] = (memory, first..<first + count)
        first += count
      }
    }
    return places
  }

  func memory(of node: Int, _ direction: Schedule.Direction) -> ExchangeMemory {
    (direction == .forward ? forward : backward)[node]!.memory
  }

  func moments(of node: Int) -> ChannelMoments? {
    guard let place = forward[node] else { return nil }
    let first = place.channels.lowerBound
    return ChannelMoments(
      channels: place.channels.count, counts: place.memory.counts.baseAddress! + first,
      means: place.memory.means.baseAddress! + first,
      squaredDeviations: place.memory.squaredDeviations.baseAddress! + first)
  }

  func sums(of node: Int) -> ChannelSums? {
    guard let place = backward[node] else { return nil }
    let first = place.channels.lowerBound
    return ChannelSums(
      sums: place.memory.sums.baseAddress! + first, centredSums: place.memory.centredSums.baseAddress! + first)
  }
}

/// The numbers that the nodes of one section exchange together.
final class ExchangeMemory {
  private let buffer: AlignedBuffer
  private let channels: Int

  init(channels: Int) {
    self.channels = channels
    buffer = AlignedBuffer(bytes: 3 * channels * MemoryLayout<Double>.stride)
  }

  private func rows(_ range: Range<Int>) -> UnsafeMutableBufferPointer<Double> {
    let all = buffer.elements(Double.self)
    return UnsafeMutableBufferPointer(rebasing: all[range.lowerBound * channels..<range.upperBound * channels])
  }

  // Of a forward section.
  var counts: UnsafeMutableBufferPointer<Double> { rows(0..<1) }
  var means: UnsafeMutableBufferPointer<Double> { rows(1..<2) }
  var squaredDeviations: UnsafeMutableBufferPointer<Double> { rows(2..<3) }

  // Of a backward section.
  var sums: UnsafeMutableBufferPointer<Double> { rows(0..<1) }
  var centredSums: UnsafeMutableBufferPointer<Double> { rows(1..<2) }
  var allSums: UnsafeMutableBufferPointer<Double> { rows(0..<2) }

  func clear() { rows(0..<3).update(repeating: 0) }
}
