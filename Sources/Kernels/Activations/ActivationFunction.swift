/// Functions of one number that a network applies element by element, with PyTorch's names, formulas and defaults.
///
/// At a kink the gradient is PyTorch's too: that of the constant side for everything clipped, of the negative side else.
public enum ActivationFunction: Hashable, Sendable {
  /// min(max(x, 0), 6). Howard et al. 2017, MobileNets.
  case relu6
  /// x where it is positive, `slope` x elsewhere; the slope is not negative. Maas et al. 2013.
  case leakyReLU(slope: Double = 0.01)
  /// x where it is positive, `alpha` (exp(x) - 1) elsewhere; alpha is not negative. Clevert et al. 2015.
  case elu(alpha: Double = 1)
  /// 1.0507 times ELU with alpha 1.6733. Klambauer et al. 2017.
  case selu
  /// x sigmoid(x), also called swish. Elfwing et al. 2017.
  case silu
  /// x Φ(x), where Φ is the standard normal distribution function. Hendrycks and Gimpel 2016.
  case gelu
  /// 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))), which is close to GELU. The same source.
  case geluTanh
  case tanh
  /// 1 / (1 + exp(-x))
  case sigmoid
  /// min(max(x, `low`), `high`)
  case hardTanh(low: Double = -1, high: Double = 1)
  /// min(max(x / 6 + 1/2, 0), 1). Howard et al. 2019, MobileNetV3.
  case hardSigmoid
  /// x times hard sigmoid of x. The same source.
  case hardSwish

  /// SELU's constants, for which activations approach mean 0 and variance 1 from layer to layer.
  public static let seluAlpha = 1.6732632423543772848170429916717
  public static let seluScale = 1.0507009873554804934193349852946
}

extension ActivationFunction {
  /// Whether the gradient is computed from the output; else from the input.
  public var gradientReadsOutput: Bool { implementation.gradientReadsOutput }

  /// How it is computed.
  enum Implementation {
    /// By oneDNN.
    case eltwise(EltwiseFunction)
    /// `slope` x + `offset`, within `low...high`, by our own kernel: oneDNN's clipping makes numbers of what is not a
    /// number, and a diverging run would look healthy.
    case clippedLine(ClippedLine)

    var gradientReadsOutput: Bool {
      switch self {
      case .eltwise(let function): function.gradientReadsOutput
      case .clippedLine: true
      }
    }
  }
}
