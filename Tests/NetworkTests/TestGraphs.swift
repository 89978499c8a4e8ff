import Network
import Tensors

extension Graph {
  /// One operation, with a probe before it that shows the gradient of its input.
  static func single(_ operation: some Operation, input: Shape, batch: Int) throws -> Graph {
    var graph = Graph(name: "single", input: input)
    let x = try graph.add("probe", GradientProbe(batch: batch), graph.input)
    graph.markOutput(try graph.add("operation", operation, x))
    return graph
  }

  /// A residual block on `[C, H, W]`, with a probe before it.
  static func block(
    bottleneck: Bool, input: Shape, width: Int, stride: Int, batch: Int
  ) throws -> Graph {
    var graph = Graph(name: "block", input: input)
    let x = try graph.add("probe", GradientProbe(batch: batch), graph.input)
    let convolutions =
      bottleneck
      ? [
        Convolution(outputChannels: width, kernel: 1),
        Convolution(outputChannels: width, kernel: 3, stride: stride, padding: 1),
        Convolution(outputChannels: 4 * width, kernel: 1),
      ]
      : [
        Convolution(outputChannels: width, kernel: 3, stride: stride, padding: 1),
        Convolution(outputChannels: width, kernel: 3, padding: 1),
      ]
    var branch = x
    for (index, convolution) in convolutions.enumerated() {
      branch = try graph.add("conv\(index)", convolution, branch)
      branch = try graph.add("bn\(index)", BatchNorm(), branch)
      if index < convolutions.count - 1 { branch = try graph.add("relu\(index)", ReLU(), branch) }
    }
    var shortcut = x
    if graph.shape(of: branch) != input {
      let channels = graph.shape(of: branch)[0]
      shortcut = try graph.add(
        "downsample.0", Convolution(outputChannels: channels, kernel: 1, stride: stride), x)
      shortcut = try graph.add("downsample.1", BatchNorm(), shortcut)
    }
    let joined = try graph.add("add", Add(), branch, shortcut)
    graph.markOutput(try graph.add("relu", ReLU(), joined))
    return graph
  }
}
