import Kernels

/// An operation whose ReLU, if one follows it, can be computed with its output.
protocol ActivatedOperation: Operation {
  var activation: Activation { get set }
}

extension ActivatedOperation {
  /// Of `output = activation(weights · input + bias)`: where a ReLU cut off is seen from the output, and the gradient is
  /// cut off there before anything else reads it.
  var affineMemory: MemoryRule {
    var rule = MemoryRule()
    rule.backwardReadsInputs = true
    rule.backwardReadsOutput = activation == .relu
    rule.changesOutputGradient = activation == .relu
    return rule
  }

  func kind(_ name: String) -> String { name + (activation == .relu ? " + relu" : "") }
}

extension AffineKernel.Use {
  init(at site: Site, hasBias: Bool, activation: Activation) {
    self.init(
      type: site.type, hasBias: hasBias, activation: activation, isTraining: site.isTraining,
      needsInputGradient: site.wantsGradient[0], isTiled: site.batch > site.tile, slots: site.slots)
  }
}

/// Weights, bias where there is one, and a kernel over them.
final class PreparedAffine: PreparedOperation {
  private let site: Site
  private let kernel: AffineKernel
  private let activation: Activation

  init(_ kernel: AffineKernel, activation: Activation, at site: Site) {
    (self.kernel, self.activation, self.site) = (kernel, activation, site)
  }

  private var weights: UnsafeMutablePointer<Float> { site.parameters[0].baseAddress! }
  private var bias: UnsafeMutablePointer<Float>? { site.parameters.count > 1 ? site.parameters[1].baseAddress : nil }
  private var biasGradient: UnsafeMutablePointer<Float>? {
    site.parameterGradients.count > 1 ? site.parameterGradients[1].baseAddress : nil
  }

  func forward(_ call: Call) throws {
    try kernel.forward(
      input: call.inputs[0], weights: weights, bias: bias, output: call.output,
      AffineKernel.Turn(slot: call.slot, isFirst: call.isFirst, isLast: call.isLast))
  }

  func backward(_ call: Call) throws {
    let outputGradient = call.outputGradient!
    let turn = AffineKernel.Turn(slot: call.slot, isFirst: call.isFirst, isLast: call.isLast)
    if activation == .relu {
      reluGradient(
        output: call.output, outputGradient: outputGradient, into: outputGradient, count: site.outputElements,
        type: site.type, team: site.engine.team)
    }
    try kernel.backward(
      outputGradient: outputGradient, input: call.inputs[0], weightGradient: site.parameterGradients[0].baseAddress!,
      biasGradient: biasGradient, turn)
    if let inputGradient = call.inputGradients[0] {
      try kernel.backward(outputGradient: outputGradient, weights: weights, inputGradient: inputGradient, turn)
    }
  }
}
