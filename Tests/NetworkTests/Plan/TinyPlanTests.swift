import Network
import Testing

/// One plan written out by hand: convolution, BatchNorm with ReLU, pooling and a linear layer, on four samples in tiles of
/// two.
@Suite struct TinyPlanTests {
  private let plan: ExecutionPlan

  init() throws {
    var graph = Graph(name: "tiny", input: [2, 2, 2])
    var x = try graph.add("conv", Convolution(outputChannels: 4, kernel: 1), graph.input)
    x = try graph.add("bn", BatchNorm(), x)
    x = try graph.add("relu", ReLU(), x)
    x = try graph.add("pool", GlobalAveragePooling(), x)
    graph.markOutput(try graph.add("fc", Linear(outputs: 3), x))
    plan = ExecutionPlan(graph, batch: 4, mode: .training, options: PlanOptions(tile: 2))
  }

  @Test func sections() {
    #expect(plan.forward.map(\.steps) == [0..<2, 2..<5])
    #expect(plan.backward.map(\.steps) == [5..<8, 8..<10])
    #expect((plan.forward + plan.backward).map(\.tile) == [2, 2, 2, 2])
    #expect(plan.forward.map(\.exchanges) == [[1], []])
    #expect(plan.backward.map(\.exchanges) == [[1], []])
    #expect(plan.backward.map(\.finished) == [[3, 2], [1, 0]])
  }

  @Test func steps() {
    #expect(
      plan.steps.map(text) == [
        "forward conv: reads [0], writes [1]",
        "gather bn: reads [1], writes []",
        "forward bn: reads [1], writes [2]",
        "forward pool: reads [2], writes [3]",
        "forward fc: reads [3], writes [4]",
        "backward fc: reads [3, 5], writes [6]",
        "backward pool: reads [6], writes [7]",
        "gatherGradient bn: reads [1, 7], writes []",
        "backward bn: reads [1, 7], writes [8]",
        "backward conv: reads [0, 8], writes []",
      ])
    #expect(plan.input == 0)
    #expect(plan.outputs == [4])
    #expect(plan.outputGradients == [5])
  }

  /// The caller writes the input in step 0, and reads the output and writes its gradient in step 6. What one section uses
  /// holds a tile; what several use holds the batch, from the first step of the first to the last of the last.
  @Test func buffers() {
    #expect(
      plan.buffers.map(text) == [
        "input: 4 x 32 bytes at 512, steps 0 to 11",
        "conv: 4 x 64 bytes at 0, steps 1 to 11",
        "bn: 2 x 64 bytes at 256, steps 3 to 4",
        "pool: 4 x 16 bytes at 640, steps 3 to 9",
        "fc: 4 x 12 bytes at 384, steps 3 to 6",
        "gradient of the output: 4 x 12 bytes at 704, steps 6 to 9",
        "gradient at fc: 2 x 16 bytes at 768, steps 7 to 8",
        "gradient at pool: 4 x 64 bytes at 256, steps 7 to 11",
        "gradient at bn: 2 x 64 bytes at 640, steps 10 to 11",
      ])
    #expect(plan.buffers.map(\.isTile) == [false, false, true, false, false, false, true, false, true])
    #expect(plan.bytes == 832)
  }

  private func text(_ step: ExecutionPlan.Step) -> String {
    let isForward = step.action == .forward
    let reads = step.inputs + (isForward ? [] : [step.output, step.outputGradient])
    let writes = (isForward ? [step.output] : []) + step.inputGradients
    return "\(step.action) \(plan.graph.nodes[step.node].name): reads \(reads.compactMap { $0 }), "
      + "writes \(writes.compactMap { $0 })"
  }

  private func text(_ buffer: ExecutionPlan.Buffer) -> String {
    "\(buffer.label): \(buffer.samples) x \(buffer.bytesPerSample) bytes at \(buffer.offset), "
      + "steps \(buffer.interval.firstStep) to \(buffer.interval.lastStep)"
  }
}
