import Network
import ReferenceKernels
import Tensors

extension Upsampling: ReferenceRule {
  private func reference(_ input: Shape) -> ReferenceUpsampling {
    let method: ReferenceUpsampling.Method =
      switch self.method {
      case .nearest: .nearest
      case .bilinear(let alignsCorners): alignsCorners ? .bilinearWithAlignedCorners : .bilinear
      }
    switch size {
    case .pixels(let height, let width): return ReferenceUpsampling(method, height: height, width: width)
    case .factor(let rows, let columns):
      return ReferenceUpsampling(
        method, height: Int(Double(input[2]) * rows), width: Int(Double(input[3]) * columns), rowStep: 1 / rows,
        columnStep: 1 / columns)
    }
  }

  func forward(
    _ inputs: TensorList, _ parameters: TensorList, _ statistics: TensorList,
    _ mode: ExecutionPlan.Mode
  ) -> (output: ReferenceTensor, statistics: TensorList) {
    (reference(inputs[0].shape).forward(inputs[0]), [])
  }

  func backward(
    _ inputs: TensorList, _ parameters: TensorList, _ outputGradient: ReferenceTensor
  ) -> (inputs: TensorList, parameters: TensorList) {
    let shape = inputs[0].shape
    return ([reference(shape).backward(outputGradient: outputGradient, inputShape: shape)], [])
  }
}

extension PixelShuffle: ReferenceRule {
  func forward(
    _ inputs: TensorList, _ parameters: TensorList, _ statistics: TensorList,
    _ mode: ExecutionPlan.Mode
  ) -> (output: ReferenceTensor, statistics: TensorList) {
    (ReferencePixelShuffle(factor: factor).shuffle(inputs[0]), [])
  }

  func backward(
    _ inputs: TensorList, _ parameters: TensorList, _ outputGradient: ReferenceTensor
  ) -> (inputs: TensorList, parameters: TensorList) {
    ([ReferencePixelShuffle(factor: factor).unshuffle(outputGradient)], [])
  }
}

extension PixelUnshuffle: ReferenceRule {
  func forward(
    _ inputs: TensorList, _ parameters: TensorList, _ statistics: TensorList,
    _ mode: ExecutionPlan.Mode
  ) -> (output: ReferenceTensor, statistics: TensorList) {
    (ReferencePixelShuffle(factor: factor).unshuffle(inputs[0]), [])
  }

  func backward(
    _ inputs: TensorList, _ parameters: TensorList, _ outputGradient: ReferenceTensor
  ) -> (inputs: TensorList, parameters: TensorList) {
    ([ReferencePixelShuffle(factor: factor).shuffle(outputGradient)], [])
  }
}
