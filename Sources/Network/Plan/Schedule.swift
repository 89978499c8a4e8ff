import Tensors

/// The order in which a pass visits the nodes, cut into sections.
///
/// A section is run tile by tile, and ends where numbers have to come from all samples of the batch: with an exchange of
/// statistics. Everything that can run before an exchange does, so that the statistics of independent branches travel
/// together. In the forward pass cheap operations wait until somebody reads them, so that their output need not outlive
/// the section.
package struct Schedule: Hashable, Sendable {
  package enum Direction: Hashable, Sendable { case forward, backward }

  package struct Visit: Hashable, Sendable {
    package let node: Int
    /// Gathers for an exchange rather than runs.
    package let gathers: Bool

    package init(node: Int, gathers: Bool) { (self.node, self.gathers) = (node, gathers) }
  }

  package struct Section: Hashable, Sendable {
    package var visits: [Visit] = []
    /// The nodes whose numbers are exchanged at its end.
    package var exchanges: [Int] { visits.filter(\.gathers).map(\.node) }
  }

  package let sections: [Section]

  package init(_ graph: Graph, _ direction: Direction, exchanging: Bool) {
    var scheduler = Scheduler(graph, direction, exchanging: exchanging)
    sections = scheduler.run()
  }
}

private struct Scheduler {
  /// Nodes with weights in a section, at most: each holds its weights in oneDNN's layout while the section runs.
  private static let weightedNodes = 2

  private let graph: Graph
  private let direction: Schedule.Direction
  private let exchanging: Bool
  private let readers: [[Int]]
  private let producers: [Int?]
  private var done: Set<Int> = []
  private var gathered: Set<Int> = []
  /// Gathered in an earlier section.
  private var exchanged: Set<Int> = []
  private var section = Schedule.Section()

  init(_ graph: Graph, _ direction: Schedule.Direction, exchanging: Bool) {
    (self.graph, self.direction, self.exchanging) = (graph, direction, exchanging)
    readers = graph.nodesReadingValues()
    producers = graph.producersOfValues()
  }

  mutating func run() -> [Schedule.Section] {
    let order = direction == .forward ? Array(graph.nodes.indices) : graph.nodes.indices.reversed()
    var sections: [Schedule.Section] = []
    repeat {
      section = Schedule.Section()
      exchanged = gathered
      while order.contains(where: { visit($0) }) {}
      if !section.visits.isEmpty { sections.append(section) }
    } while !section.visits.isEmpty
    return sections
  }

  /// Visits the node if it can be visited in this section, after the lazy ones that it needs.
  private mutating func visit(_ node: Int) -> Bool {
    guard !done.contains(node), let before = missing(before: node) else { return false }
    let gathers = exchanges(node) && !gathered.contains(node)
    if gathers {
      gathered.insert(node)
    } else {
      guard isExchanged(node), !isLazy(node), hasRoom(for: node) else { return false }
      done.insert(node)
    }
    for lazy in before {
      done.insert(lazy)
      section.visits.append(Schedule.Visit(node: lazy, gathers: false))
    }
    section.visits.append(Schedule.Visit(node: node, gathers: gathers))
    return true
  }

  /// The lazy nodes that must still run before this one, in order; nil where something else is missing.
  private func missing(before node: Int) -> [Int]? {
    guard direction == .forward else {
      return readers[graph.nodes[node].output.index].allSatisfy(done.contains) ? [] : nil
    }
    var chain: [Int] = []
    return add(before: node, to: &chain) ? chain : nil
  }

  /// False where something is missing that is not lazy, or not exchanged.
  private func add(before node: Int, to chain: inout [Int]) -> Bool {
    for input in graph.nodes[node].inputs {
      guard let producer = producers[input.index], !done.contains(producer), !chain.contains(producer) else { continue }
      guard isLazy(producer), isExchanged(producer), add(before: producer, to: &chain) else { return false }
      chain.append(producer)
    }
    return true
  }

  private func isLazy(_ node: Int) -> Bool {
    direction == .forward && operation(node).memory.isCheap && !graph.outputs.contains(graph.nodes[node].output)
  }

  private func exchanges(_ node: Int) -> Bool { exchanging && operation(node).exchangesStatistics }

  private func isExchanged(_ node: Int) -> Bool { !exchanges(node) || exchanged.contains(node) }

  private func hasRoom(for node: Int) -> Bool {
    let weighted = section.visits.count { !$0.gathers && holdsWeights($0.node) }
    return !holdsWeights(node) || weighted < Scheduler.weightedNodes
  }

  private func holdsWeights(_ node: Int) -> Bool {
    operation(node).holdsWeights(for: graph.nodes[node].inputs.map(graph.shape(of:)))
  }

  private func operation(_ node: Int) -> any Operation { graph.nodes[node].operation.operation }
}

extension Operation {
  /// Whether it multiplies by weights; vectors of scales and biases do not count.
  func holdsWeights(for inputs: [Shape]) -> Bool {
    parameters(for: inputs).contains { $0.shape.rank > 1 }
  }
}
