import Foundation
import Kernels
import ReferenceKernels
import Tensors
import TestSupport
import Testing

/// Activation functions against their formulas in Double: within 1e-6 of max(1, |y|), for every remainder of a vector.
@Suite struct ActivationKernelTests {
  struct Pair: CustomTestStringConvertible {
    let fast: ActivationFunction
    let reference: ReferenceActivation
    var testDescription: String { "\(fast)" }
  }

  static let all = [
    Pair(fast: .relu6, reference: .relu6), Pair(fast: .leakyReLU(), reference: .leakyReLU(slope: 0.01)),
    Pair(fast: .leakyReLU(slope: 0.25), reference: .leakyReLU(slope: 0.25)),
    Pair(fast: .elu(), reference: .elu(alpha: 1)), Pair(fast: .elu(alpha: 1.5), reference: .elu(alpha: 1.5)),
    Pair(fast: .selu, reference: .selu), Pair(fast: .silu, reference: .silu), Pair(fast: .gelu, reference: .gelu),
    Pair(fast: .geluTanh, reference: .geluTanh), Pair(fast: .tanh, reference: .tanh),
    Pair(fast: .sigmoid, reference: .sigmoid), Pair(fast: .hardTanh(), reference: .hardTanh(low: -1, high: 1)),
    Pair(fast: .hardTanh(low: -0.5, high: 2), reference: .hardTanh(low: -0.5, high: 2)),
    Pair(fast: .hardSigmoid, reference: .hardSigmoid), Pair(fast: .hardSwish, reference: .hardSwish),
  ]

  /// -20 to 20 with the kinks among them, and values of every magnitude.
  static let inputs: [Double] =
    stride(from: -20, through: 20, by: 1.0 / 64).map { $0 }
    + stride(from: -30, through: 3, by: 0.25).flatMap { [Double(Float(pow(10, $0))), -Double(Float(pow(10, $0)))] }

  @Test(arguments: all) func agreesWithItsFormula(_ pair: Pair) throws {
    try expectAgreement(pair, .f32, tolerance: 1e-6)
  }

  /// Within the rounding of the output, which the gradient may be computed from.
  @Test(.enabled(if: Engine.hasNativeBF16), arguments: all) func agreesInBF16(_ pair: Pair) throws {
    if pair.fast != .selu { try expectAgreement(pair, .bf16, tolerance: 0x1p-7) }
  }

  private func expectAgreement(_ pair: Pair, _ type: ElementType, tolerance: Double) throws {
    let x = Self.inputs.map(type.rounded)
    let dy = x.indices.map { Double(1 + $0 % 7) }
    let (y, dx) = try run(pair.fast, type, x, dy)
    for index in x.indices {
      let (value, slope) = (pair.reference.value(x[index]), pair.reference.derivative(at: x[index]))
      #expect(abs(y[index] - value) <= tolerance * max(1, abs(value)), "at \(x[index])")
      #expect(abs(dx[index] - slope * dy[index]) <= tolerance * max(1, dy[index]), "gradient at \(x[index])")
    }
  }

  @Test(arguments: all) func everyRemainderHasTheSameBits(_ pair: Pair) throws {
    let x = Array(Self.inputs.dropFirst(1200))
    let (y, dx) = try run(pair.fast, .f32, x, x)
    for count in 1...67 {
      let part = Array(x.prefix(count))
      let (output, gradient) = try run(pair.fast, .f32, part, part)
      #expect(output == Array(y.prefix(count)) && gradient == Array(dx.prefix(count)), "\(count) elements")
    }
  }

  @Test(arguments: all) func keepsWhatIsNotANumber(_ pair: Pair) throws {
    let kernel = try ActivationKernel(pair.fast, count: 1, training: false, on: Engine(threads: 1))
    let tile = Tile(.f32, [.nan])
    try kernel.forward(input: tile.address, output: tile.address)
    #expect(tile[0].isNaN)
  }

  /// Runs it in place too, and checks that it makes no difference.
  private func run(
    _ function: ActivationFunction, _ type: ElementType, _ x: [Double], _ dy: [Double]
  ) throws -> (output: [Double], gradient: [Double]) {
    let kernel = try ActivationKernel(
      function, count: x.count, type: type, training: true, on: Engine(threads: 1))
    let (read, upstream) = (Tile(type, x), Tile(type, dy))
    let (output, gradient) = (Tile(type, count: x.count), Tile(type, count: x.count))
    let (outputInPlace, gradientInPlace) = (Tile(type, x), Tile(type, dy))
    try kernel.forward(input: read.address, output: output.address)
    try kernel.forward(input: outputInPlace.address, output: outputInPlace.address)
    let memory = function.gradientReadsOutput ? output : read
    try kernel.backward(
      read: memory.address, outputGradient: upstream.address, inputGradient: gradient.address)
    try kernel.backward(
      read: memory.address, outputGradient: gradientInPlace.address, inputGradient: gradientInPlace.address)
    #expect(output.values == outputInPlace.values && gradient.values == gradientInPlace.values)
    #expect([read, upstream, output, gradient, outputInPlace, gradientInPlace].allSatisfy { $0.guardsAreIntact })
    return (output.values, gradient.values)
  }
}
