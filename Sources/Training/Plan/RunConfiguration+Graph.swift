import Architectures
import Network

extension RunConfiguration {
  /// The network that the configuration names, on images of its size or of another.
  func graph(imageSize: Int? = nil) throws -> Graph {
    let depth: ResNet.Depth =
      switch model.name {
      case .resnet18: .resnet18
      case .resnet34: .resnet34
      case .resnet50: .resnet50
      case .resnet101: .resnet101
      case .resnet152: .resnet152
      }
    return try ResNet(
      depth, classes: model.classes, imageSize: imageSize ?? data.imageSize,
      zeroInitialisesResidual: model.zeroInitResidual,
      batchNorm: BatchNorm(momentum: Float(model.batchNormMomentum), epsilon: Float(model.batchNormEpsilon))
    ).graph()
  }
}
