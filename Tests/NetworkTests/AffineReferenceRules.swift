import Network
import ReferenceKernels
import Tensors

/// What multiplies by weights, and adds a bias where it has one: `parameters[1]`.
private func biased(_ output: ReferenceTensor, _ parameters: TensorList) -> (ReferenceTensor, TensorList) {
  (parameters.count > 1 ? ReferenceBias().forward(output, bias: parameters[1]) : output, [])
}

private func gradients(
  _ input: ReferenceTensor, _ weights: ReferenceTensor, _ outputGradient: ReferenceTensor, hasBias: Bool
) -> (inputs: TensorList, parameters: TensorList) {
  ([input], [weights] + (hasBias ? [ReferenceBias().gradient(outputGradient: outputGradient)] : []))
}

extension ReferenceConvolution {
  init(_ rows: ConvolutionAxis, _ columns: ConvolutionAxis, groups: Int) {
    func axis(_ axis: ConvolutionAxis) -> Axis {
      Axis(stride: axis.stride, padding: axis.padding, dilation: axis.dilation)
    }
    self.init(rows: axis(rows), columns: axis(columns), groups: groups)
  }
}

extension Convolution: ReferenceRule {
  private var reference: ReferenceConvolution { ReferenceConvolution(rows, columns, groups: groups) }

  func forward(
    _ inputs: TensorList, _ parameters: TensorList, _ statistics: TensorList,
    _ mode: ExecutionPlan.Mode
  ) -> (output: ReferenceTensor, statistics: TensorList) {
    biased(reference.forward(inputs[0], weights: parameters[0]), parameters)
  }

  func backward(
    _ inputs: TensorList, _ parameters: TensorList, _ outputGradient: ReferenceTensor
  ) -> (inputs: TensorList, parameters: TensorList) {
    gradients(
      reference.inputGradient(
        outputGradient: outputGradient, weights: parameters[0], inputShape: inputs[0].shape),
      reference.weightGradient(
        outputGradient: outputGradient, input: inputs[0], weightShape: parameters[0].shape),
      outputGradient, hasBias: hasBias)
  }
}

extension TransposedConvolution: ReferenceRule {
  private var reference: ReferenceTransposedConvolution {
    ReferenceTransposedConvolution(
      ReferenceConvolution(rows, columns, groups: groups), outputPadding: [outputPaddingRows, outputPaddingColumns])
  }

  func forward(
    _ inputs: TensorList, _ parameters: TensorList, _ statistics: TensorList,
    _ mode: ExecutionPlan.Mode
  ) -> (output: ReferenceTensor, statistics: TensorList) {
    biased(reference.forward(inputs[0], weights: parameters[0]), parameters)
  }

  func backward(
    _ inputs: TensorList, _ parameters: TensorList, _ outputGradient: ReferenceTensor
  ) -> (inputs: TensorList, parameters: TensorList) {
    gradients(
      reference.inputGradient(
        outputGradient: outputGradient, weights: parameters[0], inputShape: inputs[0].shape),
      reference.weightGradient(
        outputGradient: outputGradient, input: inputs[0], weightShape: parameters[0].shape),
      outputGradient, hasBias: hasBias)
  }
}

extension Linear: ReferenceRule {
  func forward(
    _ inputs: TensorList, _ parameters: TensorList, _ statistics: TensorList,
    _ mode: ExecutionPlan.Mode
  ) -> (output: ReferenceTensor, statistics: TensorList) {
    biased(ReferenceLinear().forward(inputs[0], weights: parameters[0]), parameters)
  }

  func backward(
    _ inputs: TensorList, _ parameters: TensorList, _ outputGradient: ReferenceTensor
  ) -> (inputs: TensorList, parameters: TensorList) {
    let both = ReferenceLinear().backward(
      input: inputs[0], weights: parameters[0], outputGradient: outputGradient)
    return gradients(both.input, both.weights, outputGradient, hasBias: hasBias)
  }
}
