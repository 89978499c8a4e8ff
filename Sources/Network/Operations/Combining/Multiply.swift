import Kernels
import Tensors

/// The product of two tensors, element by element. The second has the first's shape, or it is `[C]` or `[C, 1, 1]` and
/// scales the channels of a `[C, H, W]`, as in squeeze-and-excitation (Hu et al. 2018).
///
/// Its forward-mode rule is the product rule, dy = da b + a db, with the same kernels.
public struct Multiply: Operation {
  public init() {}

  public var kind: String { "multiply" }
  public var inputCount: Int { 2 }

  public func outputShape(of inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputs.count == 2 else { throw ShapeError(kind, inputs, "it needs two tensors") }
    let (first, second) = (inputs[0], inputs[1])
    guard second == first || first.rank == 3 && (second == [first[0]] || second == [first[0], 1, 1]) else {
      throw ShapeError(
        kind, inputs, "the second tensor must have the first one's shape, or one value for each of its channels")
    }
    return first
  }

  public var memory: MemoryRule {
    var rule = MemoryRule()
    rule.backwardReadsInputs = true
    rule.overwritesInput = true
    rule.overwritesGradient = true
    rule.isCheap = true
    return rule
  }

  public var bf16Support: BF16Support { .everywhere }

  public func prepare(at site: Site) -> any PreparedOperation {
    site.inputShapes[0] == site.inputShapes[1] ? PreparedProduct(at: site) : PreparedChannelScaling(at: site)
  }
}

private final class PreparedProduct: PreparedOperation {
  private let site: Site

  init(at site: Site) { self.site = site }

  func forward(_ call: Call) {
    multiply(
      call.inputs[0], call.inputs[1], into: call.output, count: site.outputElements, type: site.type,
      team: site.engine.team)
  }

  func backward(_ call: Call) {
    // The second input's gradient first: the first's may overwrite the gradient that both are made from.
    writeGradient(ofInput: 1, call)
    writeGradient(ofInput: 0, call)
  }

  private func writeGradient(ofInput index: Int, _ call: Call) {
    guard let gradient = call.inputGradients[index] else { return }
    multiply(
      call.outputGradient!, call.inputs[1 - index], into: gradient, count: site.outputElements, type: site.type,
      team: site.engine.team)
  }
}

private final class PreparedChannelScaling: PreparedOperation {
  private let scaling: ChannelScaling
  private let team: ThreadTeam

  init(at site: Site) {
    let input = site.inputShapes[0]
    scaling = ChannelScaling(
      samples: site.tile, pixels: input[1] * input[2], channels: input[0], type: site.type)
    team = site.engine.team
  }

  func forward(_ call: Call) {
    scaling.multiply(call.inputs[0], by: call.inputs[1], into: call.output, team: team)
  }

  func backward(_ call: Call) {
    let outputGradient = call.outputGradient!
    // The factors' gradient first: the input's may overwrite the gradient that both are made from.
    if let gradient = call.inputGradients[1] {
      scaling.factorGradient(call.inputs[0], outputGradient: outputGradient, into: gradient, team: team)
    }
    if let gradient = call.inputGradients[0] {
      scaling.multiply(outputGradient, by: call.inputs[1], into: gradient, team: team)
    }
  }
}
