import Kernels
import Tensors

/// Local response normalisation over neighbouring channels (Krizhevsky, Sutskever and Hinton 2012), as PyTorch's
/// `LocalResponseNorm`:
///
///     y[c] = x[c] (k + alpha / size Σ x[j]²)^-beta,   j from c - size / 2 to c + (size - 1) / 2, both rounded down,
///
/// where channels that do not exist count as zero, also in `size`. The paper's alpha is not divided: it is PyTorch's by
/// `size`.
///
/// In forward mode the tangent goes where `backward` takes the gradient, with the window turned around.
public struct LocalResponseNorm: Operation {
  public var size: Int
  public var alpha, beta, k: Float

  public init(size: Int = 5, alpha: Float = 1e-4, beta: Float = 0.75, k: Float = 1) {
    (self.size, self.alpha, self.beta, self.k) = (size, alpha, beta, k)
  }

  public var kind: String { "local response norm" }

  public func outputShape(of inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputs[0].rank == 3 else { throw ShapeError(kind, inputs, "it needs channels, height and width") }
    guard size > 0 else { throw ShapeError(kind, inputs, "a window of \(size) channels is empty; use at least 1") }
    return inputs[0]
  }

  public var memory: MemoryRule {
    var rule = MemoryRule()
    rule.backwardReadsInputs = true
    rule.overwritesInput = true
    rule.overwritesGradient = true
    return rule
  }

  public func prepare(at site: Site) -> any PreparedOperation { PreparedResponseNorm(self, at: site) }
}

private final class PreparedResponseNorm: PreparedOperation {
  private let kernel: ResponseNormKernel

  init(_ operation: LocalResponseNorm, at site: Site) {
    let channels = site.inputShapes[0][0]
    kernel = ResponseNormKernel(
      pixels: site.inputElements(0) / channels, channels: channels, size: operation.size, alpha: operation.alpha,
      beta: operation.beta, k: operation.k, team: site.engine.team)
  }

  func forward(_ call: Call) { kernel.forward(call.floats(ofInput: 0), into: call.outputFloats) }

  func backward(_ call: Call) {
    guard let dx = call.gradientFloats(ofInput: 0) else { return }
    kernel.backward(x: call.floats(ofInput: 0), outputGradient: call.outputGradientFloats, into: dx)
  }
}
