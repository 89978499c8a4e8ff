import Network
import ReferenceKernels

/// Inputs, parameters or statistics of a node, in the order of its operation.
typealias TensorList = [ReferenceTensor]

/// What an operation does, said with the reference kernels.
protocol ReferenceRule {
  /// The output, and the running statistics after the pass.
  func forward(
    _ inputs: TensorList, _ parameters: TensorList, _ statistics: TensorList,
    _ mode: ExecutionPlan.Mode
  ) -> (output: ReferenceTensor, statistics: TensorList)

  /// The gradients of the inputs and of the parameters, in their order.
  func backward(
    _ inputs: TensorList, _ parameters: TensorList, _ outputGradient: ReferenceTensor
  ) -> (inputs: TensorList, parameters: TensorList)
}

extension BatchNorm: ReferenceRule {
  private var reference: ReferenceBatchNorm {
    ReferenceBatchNorm(epsilon: Double(epsilon), momentum: Double(momentum))
  }

  func forward(
    _ inputs: TensorList, _ parameters: TensorList, _ statistics: TensorList,
    _ mode: ExecutionPlan.Mode
  ) -> (output: ReferenceTensor, statistics: TensorList) {
    guard mode == .training else {
      let moments = ReferenceMoments(means: statistics[0].values, variances: statistics[1].values)
      let output = reference.forward(inputs[0], scale: parameters[0], shift: parameters[1], moments: moments)
      return (output, statistics)
    }
    let moments = ReferenceMoments(of: inputs)
    let tracked = reference.track(moments, means: statistics[0], variances: statistics[1])
    let output = reference.forward(inputs[0], scale: parameters[0], shift: parameters[1], moments: moments)
    return (output, [tracked.means, tracked.variances])
  }

  func backward(
    _ inputs: TensorList, _ parameters: TensorList, _ outputGradient: ReferenceTensor
  ) -> (inputs: TensorList, parameters: TensorList) {
    let gradients = reference.backward([(inputs[0], outputGradient)], scale: parameters[0])
    return (gradients.inputs, [gradients.scale, gradients.shift])
  }
}

extension ReLU: ReferenceRule {
  func forward(
    _ inputs: TensorList, _ parameters: TensorList, _ statistics: TensorList,
    _ mode: ExecutionPlan.Mode
  ) -> (output: ReferenceTensor, statistics: TensorList) {
    (ReferenceReLU().forward(inputs[0]), [])
  }

  func backward(
    _ inputs: TensorList, _ parameters: TensorList, _ outputGradient: ReferenceTensor
  ) -> (inputs: TensorList, parameters: TensorList) {
    ([ReferenceReLU().backward(input: inputs[0], outputGradient: outputGradient)], [])
  }
}

extension Add: ReferenceRule {
  func forward(
    _ inputs: TensorList, _ parameters: TensorList, _ statistics: TensorList,
    _ mode: ExecutionPlan.Mode
  ) -> (output: ReferenceTensor, statistics: TensorList) {
    (ReferenceAdd().forward(inputs[0], inputs[1]), [])
  }

  func backward(
    _ inputs: TensorList, _ parameters: TensorList, _ outputGradient: ReferenceTensor
  ) -> (inputs: TensorList, parameters: TensorList) {
    let gradients = ReferenceAdd().backward(outputGradient: outputGradient)
    return ([gradients.a, gradients.b], [])
  }
}

extension GlobalAveragePooling: ReferenceRule {
  func forward(
    _ inputs: TensorList, _ parameters: TensorList, _ statistics: TensorList,
    _ mode: ExecutionPlan.Mode
  ) -> (output: ReferenceTensor, statistics: TensorList) {
    (ReferenceGlobalAveragePooling().forward(inputs[0]), [])
  }

  func backward(
    _ inputs: TensorList, _ parameters: TensorList, _ outputGradient: ReferenceTensor
  ) -> (inputs: TensorList, parameters: TensorList) {
    let pooling = ReferenceGlobalAveragePooling()
    return ([pooling.backward(outputGradient: outputGradient, inputShape: inputs[0].shape)], [])
  }
}
