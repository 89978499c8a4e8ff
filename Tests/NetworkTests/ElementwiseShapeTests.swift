import Network
import Tensors
import Testing

/// What the shape rules refuse, and what they say.
@Suite struct ElementwiseShapeTests {
  private func reason(_ operation: some Operation, _ inputs: [Shape]) -> String? {
    do throws(ShapeError) {
      _ = try operation.outputShape(of: inputs)
      return nil
    } catch {
      return error.description
    }
  }

  @Test func multiplyTakesOneShapeOrOneValuePerChannel() {
    #expect(reason(Multiply(), [[3, 4, 5], [3, 4, 5]]) == nil)
    #expect(reason(Multiply(), [[3, 4, 5], [3]]) == nil)
    #expect(reason(Multiply(), [[3, 4, 5], [3, 1, 1]]) == nil)
    for second in [[4], [3, 1, 5], [3, 5, 4], [1, 4, 5]] as [Shape] {
      let text = "multiply cannot take 3x4x5 and \(second): the second tensor must have the first one's shape, or one"
      #expect(reason(Multiply(), [[3, 4, 5], second]) == text + " value for each of its channels")
    }
    #expect(reason(Multiply(), [[3], [3, 4, 5]]) != nil)
  }

  @Test func concatAddsChannels() throws {
    #expect(try Concat(inputs: 3).outputShape(of: [[3, 4, 5], [1, 4, 5], [2, 4, 5]]) == [6, 4, 5])
    #expect(try Concat(inputs: 2).outputShape(of: [[3], [4]]) == [7])
    let text = "concat cannot take 3x4x5 and 3x5x4: its 2 tensors may differ in their channels alone"
    #expect(reason(Concat(inputs: 2), [[3, 4, 5], [3, 5, 4]]) == text)
    #expect(reason(Concat(inputs: 2), [[3, 4, 5], [3]]) != nil)
  }

  @Test func slicesLieWithinTheChannels() throws {
    #expect(try Slice(channels: 1..<3).outputShape(of: [[3, 4, 5]]) == [2, 4, 5])
    #expect(reason(Slice(channels: 1..<4), [[3, 4, 5]]) == "slice cannot take 3x4x5: there are no channels 1..<4")
    #expect(reason(Slice(channels: -1..<2), [[3]]) != nil)
    #expect(reason(Slice(channels: 1..<1), [[3]]) != nil)
  }

  @Test func splitsUseUpTheChannels() throws {
    var graph = Graph(name: "net", input: [6, 2, 2])
    let parts = try graph.split("parts", graph.input, into: [1, 2, 3])
    #expect(parts.map(graph.shape(of:)) == [[1, 2, 2], [2, 2, 2], [3, 2, 2]])
    #expect(graph.nodes.map(\.name) == ["parts.0", "parts.1", "parts.2"])
    for sizes in [[1, 2], [3, 4], [6, 0]] {
      let error = #expect(throws: GraphError.self) { try graph.split("more", graph.input, into: sizes) }
      let text = "net cannot be built: at more, split cannot take 6x2x2: its channels are not parts of \(sizes)"
      #expect(error?.description == text)
    }
  }

  @Test func flattenKeepsTheNumberOfElements() throws {
    #expect(try Flatten().outputShape(of: [[3, 4, 5]]) == [60])
    #expect(try Flatten().outputShape(of: [[3]]) == [3])
    #expect(reason(Flatten(), [[3, 4]]) != nil)
  }
}
