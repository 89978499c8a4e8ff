import Architectures
import Network
import ReferenceKernels
import Tensors
import TestSupport
import Testing

@Suite struct PlanTests {
  @Test(arguments: ResNet.Depth.allCases, [0, 1, 3]) func residualNetworksKeepWhatTheyRead(
    depth: ResNet.Depth, batch: Int
  ) throws {
    let graph = try ResNet(depth, classes: 10, imageSize: 64).graph()
    #expect(PlanSimulation.problems(ExecutionPlan(graph, batch: batch, mode: .training), of: graph) == [])
    #expect(PlanSimulation.problems(ExecutionPlan(graph, batch: batch, mode: .evaluation), of: graph) == [])
  }

  /// Graphs that no architecture here has: values with many readers, chains of additions, several outputs.
  @Test(arguments: UInt64(0)..<300) func randomNetworksKeepWhatTheyRead(seed: UInt64) throws {
    let graph = try randomGraph(seed: seed)
    #expect(PlanSimulation.problems(ExecutionPlan(graph, batch: 2, mode: .training), of: graph) == [])
    #expect(PlanSimulation.problems(ExecutionPlan(graph, batch: 2, mode: .evaluation), of: graph) == [])
  }

  @Test(arguments: UInt64(0)..<40) func randomNetworksAgreeWithTheReference(seed: UInt64) throws {
    let graph = try randomGraph(seed: seed, joined: true)
    try expectAgreement(graph, batch: 3, seed: seed, tolerance: 1e-4, floor: 1)
  }

  @Test func evaluationNeedsMuchLessMemory() throws {
    for depth in ResNet.Depth.allCases {
      let graph = try ResNet(depth, classes: 1000, imageSize: 224).graph()
      let training = ExecutionPlan(graph, batch: 8, mode: .training).bytes
      let evaluation = ExecutionPlan(graph, batch: 8, mode: .evaluation).bytes
      #expect(evaluation * 3 < training, "\(depth): \(evaluation) bytes against \(training)")
    }
  }

  @Test func anEmptyBatchNeedsNoMemory() throws {
    let graph = try ResNet(.resnet18, classes: 10, imageSize: 64).graph()
    #expect(ExecutionPlan(graph, batch: 0, mode: .training).bytes == 0)
  }

  @Test func plansAreValues() throws {
    let graph = try ResNet(.resnet50, classes: 10, imageSize: 64).graph()
    let again = try ResNet(.resnet50, classes: 10, imageSize: 64).graph()
    #expect(graph == again)
    #expect(ExecutionPlan(graph, batch: 2, mode: .training) == ExecutionPlan(again, batch: 2, mode: .training))
    #expect(graph != (try ResNet(.resnet50, classes: 11, imageSize: 64).graph()))
  }

  /// Nodes that read any earlier values; what nobody reads is an output, or is added up into one.
  private func randomGraph(seed: UInt64, joined: Bool = false) throws -> Graph {
    var random = TestRandom(seed: seed)
    var graph = Graph(name: "random", input: [4, 3, 3])
    var values = [graph.input]
    var unread: Set<Int> = []
    func take(_ value: Graph.Value) -> Graph.Value {
      unread.remove(value.index)
      return value
    }
    for index in 0..<random.integer(in: 2..<14) {
      let name = "node\(index)"
      let first = take(random.element(of: values))
      let value: Graph.Value
      switch random.integer(in: 0..<7) {
      case 0: value = try graph.add(name, Convolution(outputChannels: 4, kernel: 1), first)
      case 1: value = try graph.add(name, BatchNorm(), first)
      case 2: value = try graph.add(name, ReLU(), first)
      case 3: value = try graph.add(name, MaxPooling(kernel: 3, stride: 1, padding: 1), first)
      default: value = try graph.add(name, Add(), first, take(random.element(of: values)))
      }
      values.append(value)
      unread.insert(value.index)
    }
    var outputs = values.filter { unread.contains($0.index) }
    if joined {
      for index in outputs.indices.dropFirst() {
        outputs[index] = try graph.add("join\(index)", Add(), outputs[index - 1], outputs[index])
      }
      outputs = [outputs[outputs.endIndex - 1]]
    }
    for output in outputs { graph.markOutput(output) }
    return graph
  }
}
