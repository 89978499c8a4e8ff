import Network
import ReferenceKernels

extension SlidingWindow {
  var reference: ReferenceWindow {
    ReferenceWindow(kernel: kernel, stride: stride, padding: padding, dilation: dilation, roundsUp: roundsUp)
  }
}

extension MaxPooling: ReferenceRule {
  private var reference: ReferenceMaxPooling { ReferenceMaxPooling(rows: rows.reference, columns: columns.reference) }

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

extension AveragePooling: ReferenceRule {
  private var reference: ReferenceAveragePooling {
    ReferenceAveragePooling(rows: rows.reference, columns: columns.reference, countsPadding: countsPadding)
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
    ([reference.backward(outputGradient: outputGradient, inputShape: inputs[0].shape)], [])
  }
}

extension AdaptiveAveragePooling: ReferenceRule {
  private var reference: ReferenceAdaptivePooling { ReferenceAdaptivePooling(height: height, width: width) }

  func forward(
    _ inputs: TensorList, _ parameters: TensorList, _ statistics: TensorList,
    _ mode: ExecutionPlan.Mode
  ) -> (output: ReferenceTensor, statistics: TensorList) {
    (reference.mean(inputs[0]), [])
  }

  func backward(
    _ inputs: TensorList, _ parameters: TensorList, _ outputGradient: ReferenceTensor
  ) -> (inputs: TensorList, parameters: TensorList) {
    ([reference.meanGradient(outputGradient: outputGradient, inputShape: inputs[0].shape)], [])
  }
}

extension AdaptiveMaxPooling: ReferenceRule {
  private var reference: ReferenceAdaptivePooling { ReferenceAdaptivePooling(height: height, width: width) }

  func forward(
    _ inputs: TensorList, _ parameters: TensorList, _ statistics: TensorList,
    _ mode: ExecutionPlan.Mode
  ) -> (output: ReferenceTensor, statistics: TensorList) {
    (reference.maximum(inputs[0]), [])
  }

  func backward(
    _ inputs: TensorList, _ parameters: TensorList, _ outputGradient: ReferenceTensor
  ) -> (inputs: TensorList, parameters: TensorList) {
    ([reference.maximumGradient(input: inputs[0], outputGradient: outputGradient)], [])
  }
}
