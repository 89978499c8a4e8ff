import Network
import ReferenceKernels

extension LayerNorm: ReferenceRule {
  private var reference: ReferenceGroupedNorm {
    ReferenceGroupedNorm(scope == .sample ? .sample : .channels, epsilon: Double(epsilon))
  }

  func forward(
    _ inputs: TensorList, _ parameters: TensorList, _ statistics: TensorList,
    _ mode: ExecutionPlan.Mode
  ) -> (output: ReferenceTensor, statistics: TensorList) {
    (reference.forward(inputs[0], scale: parameters[0], shift: parameters[1]), [])
  }

  func backward(
    _ inputs: TensorList, _ parameters: TensorList, _ outputGradient: ReferenceTensor
  ) -> (inputs: TensorList, parameters: TensorList) {
    let gradients = reference.backward(input: inputs[0], scale: parameters[0], outputGradient: outputGradient)
    return ([gradients.input], [gradients.scale, gradients.shift])
  }
}

extension GroupNorm: ReferenceRule {
  private var reference: ReferenceGroupedNorm { ReferenceGroupedNorm(.groups(groups), epsilon: Double(epsilon)) }

  func forward(
    _ inputs: TensorList, _ parameters: TensorList, _ statistics: TensorList,
    _ mode: ExecutionPlan.Mode
  ) -> (output: ReferenceTensor, statistics: TensorList) {
    (reference.forward(inputs[0], scale: parameters[0], shift: parameters[1]), [])
  }

  func backward(
    _ inputs: TensorList, _ parameters: TensorList, _ outputGradient: ReferenceTensor
  ) -> (inputs: TensorList, parameters: TensorList) {
    let gradients = reference.backward(input: inputs[0], scale: parameters[0], outputGradient: outputGradient)
    return ([gradients.input], [gradients.scale, gradients.shift])
  }
}

extension LocalResponseNorm: ReferenceRule {
  private var reference: ReferenceLocalResponseNorm {
    ReferenceLocalResponseNorm(size: size, alpha: Double(alpha), beta: Double(beta), k: Double(k))
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
