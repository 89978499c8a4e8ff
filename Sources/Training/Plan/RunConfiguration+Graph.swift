import Architectures
import Network

extension RunConfiguration {
  /// The network that the configuration names.
  func graph() throws -> Graph {
    let depth: ResNet.Depth =
      switch model.name {
      case .resnet18: .resnet18
      case .resnet34: .resnet34
      case .resnet50: .resnet50
      case .resnet101: .resnet101
      case .resnet152: .resnet152
      }
    return try ResNet(
      depth, classes: model.classes, imageSize: data.imageSize, zeroInitialisesResidual: model.zeroInitResidual,
      batchNorm: BatchNorm(momentum: Float(model.batchNormMomentum), epsilon: Float(model.batchNormEpsilon))
    ).graph()
  }
}
