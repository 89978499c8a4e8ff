import Kernels
import Network
import ReferenceKernels

extension Elementwise: ReferenceRule {
  private var reference: ReferenceActivation {
    switch function {
    case .relu6: .relu6
    case .leakyReLU(let slope): .leakyReLU(slope: slope)
    case .elu(let alpha): .elu(alpha: alpha)
    case .selu: .selu
    case .silu: .silu
    case .gelu: .gelu
    case .geluTanh: .geluTanh
    case .tanh: .tanh
    case .sigmoid: .sigmoid
    case .hardTanh(let low, let high): .hardTanh(low: low, high: high)
    case .hardSigmoid: .hardSigmoid
    case .hardSwish: .hardSwish
    }
  }

  func forward(
    _ inputs: TensorList, _ parameters: TensorList, _ statistics: TensorList,
    _ mode: ExecutionPlan.Mode
  ) -> (output: ReferenceTensor, statistics: TensorList) {
    (reference.forward(inputs[0]), [])
  }

  func backward(
    _ inputs: TensorList, _ parameters: TensorList, _ outputGradient: ReferenceTensor
  ) -> (inputs: TensorList, parameters: TensorList) {
    ([reference.backward(input: inputs[0], outputGradient: outputGradient)], [])
  }
}

extension Multiply: ReferenceRule {
  func forward(
    _ inputs: TensorList, _ parameters: TensorList, _ statistics: TensorList,
    _ mode: ExecutionPlan.Mode
  ) -> (output: ReferenceTensor, statistics: TensorList) {
    (ReferenceMultiply().forward(inputs[0], inputs[1]), [])
  }

  func backward(
    _ inputs: TensorList, _ parameters: TensorList, _ outputGradient: ReferenceTensor
  ) -> (inputs: TensorList, parameters: TensorList) {
    let gradients = ReferenceMultiply().backward(inputs[0], inputs[1], outputGradient: outputGradient)
    return ([gradients.a, gradients.b], [])
  }
}

extension Concat: ReferenceRule {
  func forward(
    _ inputs: TensorList, _ parameters: TensorList, _ statistics: TensorList,
    _ mode: ExecutionPlan.Mode
  ) -> (output: ReferenceTensor, statistics: TensorList) {
    (ReferenceConcat().forward(inputs), [])
  }

  func backward(
    _ inputs: TensorList, _ parameters: TensorList, _ outputGradient: ReferenceTensor
  ) -> (inputs: TensorList, parameters: TensorList) {
    (ReferenceConcat().backward(outputGradient: outputGradient, inputShapes: inputs.map(\.shape)), [])
  }
}

extension Slice: ReferenceRule {
  func forward(
    _ inputs: TensorList, _ parameters: TensorList, _ statistics: TensorList,
    _ mode: ExecutionPlan.Mode
  ) -> (output: ReferenceTensor, statistics: TensorList) {
    (ReferenceSlice(channels: channels).forward(inputs[0]), [])
  }

  func backward(
    _ inputs: TensorList, _ parameters: TensorList, _ outputGradient: ReferenceTensor
  ) -> (inputs: TensorList, parameters: TensorList) {
    let slice = ReferenceSlice(channels: channels)
    return ([slice.backward(outputGradient: outputGradient, inputShape: inputs[0].shape)], [])
  }
}

extension Flatten: ReferenceRule {
  func forward(
    _ inputs: TensorList, _ parameters: TensorList, _ statistics: TensorList,
    _ mode: ExecutionPlan.Mode
  ) -> (output: ReferenceTensor, statistics: TensorList) {
    (ReferenceFlatten().forward(inputs[0]), [])
  }

  func backward(
    _ inputs: TensorList, _ parameters: TensorList, _ outputGradient: ReferenceTensor
  ) -> (inputs: TensorList, parameters: TensorList) {
    ([ReferenceFlatten().backward(outputGradient: outputGradient, inputShape: inputs[0].shape)], [])
  }
}
