import Network
import Tensors

extension Graph {
  /// A residual network with every kind of operation, on images `[3, size, size]`: four classes.
  static func everyOperation(size: Int) throws -> Graph {
    var graph = Graph(name: "every operation", input: [3, size, size])
    var x = try graph.add("conv1", Convolution(outputChannels: 16, kernel: 3, padding: 1), graph.input)
    x = try graph.add("relu1", ReLU(), try graph.add("bn1", BatchNorm(), x))
    x = try graph.add("maxpool", MaxPooling(kernel: 3, stride: 2, padding: 1), x)
    x = try graph.addResidualBlock(x)
    x = try graph.addNorms(x)
    x = try graph.addResampling(x)
    x = try graph.addBranches(x)
    x = try graph.addClassifier(x)
    graph.markOutput(x)
    return graph
  }

  private mutating func addResidualBlock(_ input: Value) throws -> Value {
    var x = try add("block.conv1", Convolution(outputChannels: 8, kernel: 3, padding: 1), input)
    x = try add("block.relu1", ReLU(), try add("block.bn1", BatchNorm(), x))
    x = try add("block.conv2", Convolution(outputChannels: 16, kernel: 3, padding: 1), x)
    x = try add("block.bn2", BatchNorm(), x)
    // Two blocks' ends: one is fused with its BatchNorm, one is not.
    x = try add("block.relu2", ReLU(), try add("block.add", Add(), x, input))
    let dropped = try add("block.depth", StochasticDepth(probability: 0.5, mode: .sample), x)
    return try add("block.relu3", ReLU(), try add("block.sum", Add(), dropped, input))
  }

  private mutating func addNorms(_ input: Value) throws -> Value {
    var x = try add("groups", GroupNorm(groups: 4), input)
    x = try add("silu", Elementwise(.silu), x)
    x = try add("layer", LayerNorm(), x)
    x = try add("relu6", Elementwise(.relu6), x)
    return try add("response", LocalResponseNorm(), x)
  }

  private mutating func addResampling(_ input: Value) throws -> Value {
    var x = try add("up", TransposedConvolution(outputChannels: 16, kernel: 2, stride: 2, hasBias: true), input)
    x = try add("down", AveragePooling(kernel: 2), x)
    x = try add("shuffle", PixelShuffle(factor: 2), x)
    x = try add("unshuffle", PixelUnshuffle(factor: 2), x)
    x = try add("bilinear", Upsampling(.bilinear(alignsCorners: false), factor: 2), x)
    return try add("bins", AdaptiveAveragePooling(height: shape(of: input)[1], width: shape(of: input)[2]), x)
  }

  private mutating func addBranches(_ input: Value) throws -> Value {
    let halves = try split("halves", input, into: [8, 8])
    let gate = try add("gate", Elementwise(.sigmoid), try add("squeeze", GlobalAveragePooling(), halves[0]))
    let scaled = try add("scaled", Multiply(), halves[1], gate)
    let product = try add("product", Multiply(), halves[0], halves[1])
    let grouped = try add("grouped", Convolution(outputChannels: 8, kernel: 3, padding: 1, groups: 8), halves[0])
    return try concat("joined", [scaled, product, grouped])
  }

  private mutating func addClassifier(_ input: Value) throws -> Value {
    var x = try add("flat", Flatten(), try add("maxima", AdaptiveMaxPooling(height: 4, width: 4), input))
    x = try add("dropout", Dropout(), x)
    x = try add("fc1", Linear(outputs: 64), x)
    x = try add("selu", Elementwise(.selu), try add("relu4", ReLU(), x))
    x = try add("alpha", AlphaDropout(probability: 0.1), x)
    return try add("fc2", Linear(outputs: 4), x)
  }
}
