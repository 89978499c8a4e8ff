import Network
import Tensors

/// Residual networks (He et al. 2016) in the form called v1.5, as torchvision builds them: where a bottleneck block halves
/// the resolution, its 3x3 convolution has the stride. Names follow torchvision's state dict.
public struct ResNet: Hashable, Sendable {
  public enum Depth: Int, CaseIterable, Sendable {
    case resnet18 = 18
    case resnet34 = 34
    case resnet50 = 50
    case resnet101 = 101
    case resnet152 = 152

    /// Blocks in each of the four stages.
    var blocks: [Int] {
      switch self {
      case .resnet18: [2, 2, 2, 2]
      case .resnet34, .resnet50: [3, 4, 6, 3]
      case .resnet101: [3, 4, 23, 3]
      case .resnet152: [3, 8, 36, 3]
      }
    }

    var isBottleneck: Bool { rawValue >= 50 }
  }

  public var depth: Depth
  public var classes: Int
  /// Height and width of the square images.
  public var imageSize: Int
  /// Starts the last scale of every residual branch at 0, so that each block begins as the identity (Goyal et al. 2017).
  public var zeroInitialisesResidual: Bool
  public var batchNorm: BatchNorm

  public init(
    _ depth: Depth, classes: Int, imageSize: Int, zeroInitialisesResidual: Bool = false,
    batchNorm: BatchNorm = BatchNorm()
  ) {
    (self.depth, self.classes, self.imageSize) = (depth, classes, imageSize)
    (self.zeroInitialisesResidual, self.batchNorm) = (zeroInitialisesResidual, batchNorm)
  }

  /// The network on images `[3, imageSize, imageSize]`, with the logits `[classes]` as its output.
  public func graph() throws -> Graph {
    var graph = Graph(name: "resnet\(depth.rawValue)", input: [3, imageSize, imageSize])
    var x = try graph.add(
      "conv1", Convolution(outputChannels: 64, kernel: 7, stride: 2, padding: 3), graph.input)
    x = try graph.add("bn1", batchNorm, x)
    x = try graph.add("relu", ReLU(), x)
    x = try graph.add("maxpool", MaxPooling(kernel: 3, stride: 2, padding: 1), x)
    for (stage, blocks) in depth.blocks.enumerated() {
      for block in 0..<blocks {
        x = try addBlock(
          to: &graph, "layer\(stage + 1).\(block)", x, width: 64 << stage, stride: stage > 0 && block == 0 ? 2 : 1)
      }
    }
    x = try graph.add("avgpool", GlobalAveragePooling(), x)
    x = try graph.add("fc", Linear(outputs: classes), x)
    graph.markOutput(x)
    return graph
  }

  private func addBlock(
    to graph: inout Graph, _ name: String, _ input: Graph.Value, width: Int, stride: Int
  ) throws -> Graph.Value {
    var branch = Branch(name: name, value: input, normalisation: batchNorm)
    let outputChannels: Int
    if depth.isBottleneck {
      outputChannels = 4 * width
      try branch.addNormalised(to: &graph, Convolution(outputChannels: width, kernel: 1), activates: true)
      try branch.addNormalised(
        to: &graph, Convolution(outputChannels: width, kernel: 3, stride: stride, padding: 1), activates: true)
      branch.normalisation = lastNormalisation
      try branch.addNormalised(to: &graph, Convolution(outputChannels: outputChannels, kernel: 1), activates: false)
    } else {
      outputChannels = width
      try branch.addNormalised(
        to: &graph, Convolution(outputChannels: width, kernel: 3, stride: stride, padding: 1), activates: true)
      branch.normalisation = lastNormalisation
      try branch.addNormalised(
        to: &graph, Convolution(outputChannels: width, kernel: 3, padding: 1), activates: false)
    }
    var shortcut = input
    if stride != 1 || graph.shape(of: input)[0] != outputChannels {
      shortcut = try graph.add(
        "\(name).downsample.0", Convolution(outputChannels: outputChannels, kernel: 1, stride: stride), input)
      shortcut = try graph.add("\(name).downsample.1", batchNorm, shortcut)
    }
    let joined = try graph.add("\(name).add", Add(), branch.value, shortcut)
    return try graph.add("\(name).relu", ReLU(), joined)
  }

  private var lastNormalisation: BatchNorm {
    var normalisation = batchNorm
    if zeroInitialisesResidual { normalisation.initialScale = 0 }
    return normalisation
  }
}

/// The residual branch of a block while it is being built: `conv1`, `bn1`, `relu1`, `conv2`, ...
private struct Branch {
  let name: String
  var value: Graph.Value
  var normalisation: BatchNorm
  var layers = 0

  mutating func addNormalised(to graph: inout Graph, _ convolution: Convolution, activates: Bool) throws {
    layers += 1
    value = try graph.add("\(name).conv\(layers)", convolution, value)
    value = try graph.add("\(name).bn\(layers)", normalisation, value)
    if activates { value = try graph.add("\(name).relu\(layers)", ReLU(), value) }
  }
}
