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

  /// Everything that a plan treats in a way of its own, on images `[3, 12, 12]`: a stem with pooling, a residual block,
  /// one with a shortcut of its own, a BatchNorm that two nodes read, a sum of a value with itself, and a ReLU without
  /// BatchNorm.
  static func smallResidual(classes: Int) throws -> Graph {
    var graph = Graph(name: "small", input: [3, 12, 12])
    func normalised(_ name: String, _ convolution: Convolution, _ x: Value) throws -> Value {
      try graph.add("\(name).bn", BatchNorm(), try graph.add("\(name).conv", convolution, x))
    }
    func block(_ name: String, width: Int, stride: Int, shortcut: Value, _ x: Value) throws -> Value {
      var x = try normalised("\(name).1", Convolution(outputChannels: width, kernel: 3, stride: stride, padding: 1), x)
      x = try graph.add("\(name).relu1", ReLU(), x)
      x = try normalised("\(name).2", Convolution(outputChannels: width, kernel: 3, padding: 1), x)
      return try graph.add("\(name).relu2", ReLU(), try graph.add("\(name).add", Add(), x, shortcut))
    }
    var x = try normalised("stem", Convolution(outputChannels: 8, kernel: 3, padding: 1), graph.input)
    x = try graph.add("stem.relu", ReLU(), x)
    x = try graph.add("stem.pool", MaxPooling(kernel: 3, stride: 2, padding: 1), x)
    x = try block("block1", width: 8, stride: 1, shortcut: x, x)
    x = try block("block2", width: 8, stride: 1, shortcut: x, x)
    let shortcut = try normalised("shortcut", Convolution(outputChannels: 16, kernel: 1, stride: 2), x)
    x = try block("block3", width: 16, stride: 2, shortcut: shortcut, x)
    let shared = try normalised("shared", Convolution(outputChannels: 16, kernel: 1), x)
    x = try graph.add("add", Add(), try graph.add("relu", ReLU(), shared), shared)
    x = try graph.add("conv", Convolution(outputChannels: 16, kernel: 1), try graph.add("twice", Add(), x, x))
    x = try graph.add("last", Convolution(outputChannels: 16, kernel: 1), try graph.add("conv.relu", ReLU(), x))
    x = try graph.add("pool", GlobalAveragePooling(), x)
    graph.markOutput(try graph.add("fc", Linear(outputs: classes), x))
    return graph
  }
}
