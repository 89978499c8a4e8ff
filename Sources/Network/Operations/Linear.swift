import Kernels
import Tensors

/// A fully connected layer, `[C] -> [K]`: weights `[K, C]`, bias `[K]`. First values as PyTorch's `nn.Linear` draws them:
/// uniform within 1 / sqrt(C).
///
/// A plan lets it take the ReLU that follows.
public struct Linear: ActivatedOperation {
  public var outputs: Int
  public var hasBias: Bool
  var activation = Activation.identity

  public init(outputs: Int, hasBias: Bool = true) { (self.outputs, self.hasBias) = (outputs, hasBias) }

  public var kind: String { kind("linear") }

  public func outputShape(of inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputs[0].rank == 1 else { throw ShapeError(kind, inputs, "it needs vectors; pool or flatten before it") }
    return [outputs]
  }

  public func parameters(for inputs: [Shape]) -> [ParameterSpecification] {
    let fanIn = inputs[0][0]
    let bound = 1 / Float(fanIn).squareRoot()
    let weight = ParameterSpecification("weight", [outputs, fanIn], .uniform(bound: bound), decays: true)
    return [weight] + (hasBias ? [.bias(outputs, fanIn: fanIn)] : [])
  }

  public var memory: MemoryRule { affineMemory }
  public var bf16Support: BF16Support { .whereNative }

  public func prepare(at site: Site) throws -> any PreparedOperation {
    let kernel = try AffineKernel(
      linear: site.tile, inputs: site.inputShapes[0][0], outputs: outputs,
      AffineKernel.Use(at: site, hasBias: hasBias, activation: activation), on: site.engine)
    return PreparedAffine(kernel, activation: activation, at: site)
  }
}
