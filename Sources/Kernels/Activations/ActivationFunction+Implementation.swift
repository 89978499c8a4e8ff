import COneDNN

extension ActivationFunction {
  /// oneDNN 3.2 agrees with these formulas within 1e-6 of max(1, |y|), forward and backward, on SSE4.1, AVX2 and AVX-512.
  /// Where its gradient can be computed from the output that is faster, and the input need not be kept.
  var implementation: Implementation {
    switch self {
    case .relu6: .clippedLine(ClippedLine(low: 0, high: 6))
    case .hardTanh(let low, let high): .clippedLine(ClippedLine(low: Float(low), high: Float(high)))
    case .hardSigmoid: .clippedLine(ClippedLine(slope: 1 / 6, offset: 0.5, low: 0, high: 1))
    case .leakyReLU(let slope): .fromOutput(dnnl_eltwise_relu_use_dst_for_bwd, alpha: slope)
    case .elu(let alpha): .fromOutput(dnnl_eltwise_elu_use_dst_for_bwd, alpha: alpha)
    case .tanh: .fromOutput(dnnl_eltwise_tanh_use_dst_for_bwd)
    case .sigmoid: .fromOutput(dnnl_eltwise_logistic_use_dst_for_bwd)
    case .selu:
      .eltwise(
        EltwiseFunction(
          algorithm: dnnl_eltwise_elu, alpha: Float(Self.seluAlpha), factor: Float(Self.seluScale)))
    case .silu: .eltwise(EltwiseFunction(algorithm: dnnl_eltwise_swish, alpha: 1))
    case .gelu: .eltwise(EltwiseFunction(algorithm: dnnl_eltwise_gelu_erf))
    case .geluTanh: .eltwise(EltwiseFunction(algorithm: dnnl_eltwise_gelu_tanh))
    case .hardSwish: .eltwise(EltwiseFunction(algorithm: dnnl_eltwise_hardswish, alpha: 1 / 6, beta: 0.5))
    }
  }
}

extension ActivationFunction.Implementation {
  fileprivate static func fromOutput(_ algorithm: dnnl_alg_kind_t, alpha: Double = 0) -> Self {
    .eltwise(EltwiseFunction(algorithm: algorithm, alpha: Float(alpha), gradientReadsOutput: true))
  }
}
