import Architectures
import Network
import Tensors
import Testing

@Suite struct GraphTests {
  private func text(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "nothing thrown"
    } catch {
      return "\(error)"
    }
  }

  /// PyTorch pads even one pixel up to the end; so do we, and shapes follow.
  @Test func theSmallestImages() throws {
    #expect(try ResNet(.resnet18, classes: 10, imageSize: 1).graph().shapes.last == [10])
    let large = try ResNet(.resnet50, classes: 1000, imageSize: 224).graph()
    let beforePooling = large.nodes.first { $0.name == "avgpool" }!.inputs[0]
    #expect(large.shape(of: beforePooling) == [2048, 7, 7])
  }

  @Test func errorsNameTheNodeAndSayWhatToDo() {
    #expect(
      text {
        var graph = Graph(name: "small", input: [3, 4, 6])
        _ = try graph.add("stem.conv", Convolution(outputChannels: 8, kernel: 5), graph.input)
      }
        == "small cannot be built: at stem.conv, convolution cannot take 3x4x6: "
        + "a 5x5 kernel does not fit; use larger images")
    #expect(
      text {
        var graph = Graph(name: "small", input: [3, 2, 2])
        _ = try graph.add("pool", MaxPooling(kernel: 3, stride: 2), graph.input)
      }
        == "small cannot be built: at pool, max pooling cannot take 3x2x2: a 3x3 window does not fit; use larger images"
    )
    #expect(
      text {
        var graph = Graph(name: "g", input: [3, 4, 4])
        _ = try graph.add("pool", MaxPooling(kernel: 3, stride: 2, padding: 2), graph.input)
      }.hasSuffix("padding of 2 is more than half of the 3x3 window"))
    #expect(
      text {
        var graph = Graph(name: "g", input: [6, 4, 4])
        _ = try graph.add("conv", Convolution(outputChannels: 8, kernel: 1, groups: 4), graph.input)
      }.hasSuffix("6 and 8 channels do not divide into 4 groups"))
    #expect(
      text {
        var graph = Graph(name: "g", input: [6, 4, 4])
        _ = try graph.add("fc", Linear(outputs: 8), graph.input)
      }.hasSuffix("linear cannot take 6x4x4: it needs vectors; pool or flatten before it"))
    #expect(
      text {
        var graph = Graph(name: "g", input: [6, 4, 4])
        let pooled = try graph.add("pool", GlobalAveragePooling(), graph.input)
        _ = try graph.add("add", Add(), graph.input, pooled)
      }.hasSuffix("at add, add cannot take 6x4x4 and 6: it needs two tensors of one shape"))
  }
}
