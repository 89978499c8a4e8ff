import Foundation
import Tensors

/// An activation function of PyTorch, with its formula and its derivative. A derivative at a kink is PyTorch's.
public enum ReferenceActivation: Hashable, Sendable {
  case relu6
  case leakyReLU(slope: Double)
  case elu(alpha: Double)
  case selu
  case silu
  case gelu
  case geluTanh
  case tanh
  case sigmoid
  case hardTanh(low: Double, high: Double)
  case hardSigmoid
  case hardSwish

  public func forward(_ x: ReferenceTensor) -> ReferenceTensor {
    ReferenceTensor(x.shape, x.values.map(value))
  }

  public func backward(input x: ReferenceTensor, outputGradient dy: ReferenceTensor) -> ReferenceTensor {
    ReferenceTensor(x.shape, zip(x.values, dy.values).map { derivative(at: $0) * $1 })
  }

  public func value(_ x: Double) -> Double {
    switch self {
    case .relu6: min(max(x, 0), 6)
    case .leakyReLU(let slope): x > 0 ? x : slope * x
    case .elu(let alpha): x > 0 ? x : alpha * expm1(x)
    case .selu: seluScale * ReferenceActivation.elu(alpha: seluAlpha).value(x)
    case .silu: x * logistic(x)
    case .gelu: x * normalDistribution(x)
    case .geluTanh: 0.5 * x * (1 + Foundation.tanh(geluArgument(x)))
    case .tanh: Foundation.tanh(x)
    case .sigmoid: logistic(x)
    case .hardTanh(let low, let high): min(max(x, low), high)
    case .hardSigmoid: min(max(x + 3, 0), 6) / 6
    case .hardSwish: x * min(max(x + 3, 0), 6) / 6
    }
  }

  public func derivative(at x: Double) -> Double {
    switch self {
    case .relu6: 0 < x && x < 6 ? 1 : 0
    case .leakyReLU(let slope): x > 0 ? 1 : slope
    case .elu(let alpha): x > 0 ? 1 : alpha * exp(x)
    case .selu: seluScale * ReferenceActivation.elu(alpha: seluAlpha).derivative(at: x)
    case .silu: logistic(x) * (1 + x * (1 - logistic(x)))
    case .gelu: normalDistribution(x) + x * exp(-x * x / 2) / (2 * Double.pi).squareRoot()
    case .geluTanh:
      0.5 * (1 + Foundation.tanh(geluArgument(x)))
        + 0.5 * x * (1 - pow(Foundation.tanh(geluArgument(x)), 2)) * geluArgumentDerivative(x)
    case .tanh: 1 - pow(Foundation.tanh(x), 2)
    case .sigmoid: logistic(x) * (1 - logistic(x))
    case .hardTanh(let low, let high): low < x && x < high ? 1 : 0
    case .hardSigmoid: -3 < x && x < 3 ? 1.0 / 6 : 0
    case .hardSwish: x <= -3 ? 0 : x < 3 ? x / 3 + 0.5 : 1
    }
  }
}

private let seluAlpha = 1.6732632423543772848170429916717
private let seluScale = 1.0507009873554804934193349852946

private func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

/// The probability that a standard normal variable is at most `x`.
private func normalDistribution(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }

private func geluArgument(_ x: Double) -> Double { (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x) }

private func geluArgumentDerivative(_ x: Double) -> Double { (2 / Double.pi).squareRoot() * (1 + 3 * 0.044715 * x * x) }
