import CVectorKernels
import Kernels
import ReferenceKernels
import Tensors
import TestSupport
import Testing

/// One way to run BatchNorm's kernels.
struct BatchNormCase: CustomTestStringConvertible, Sendable {
  var rows, channels: Int
  var type = ElementType.f32
  var activation = Activation.identity
  var addsResidual = false
  var mean = 0.0
  /// The rows of each call, in order; nil for one call.
  var pieces: [Int]?
  var threads = 1
  var instructionSet = cvk_best_instruction_set()

  var testDescription: String {
    "\(rows) rows \(pieces.map { "in \($0)" } ?? ""), \(channels) channels of \(type) around \(mean), \(activation)"
      + (addsResidual ? " behind a sum" : "") + ", \(threads) threads, instruction set \(instructionSet.rawValue)"
  }

  /// Element types, activations and residuals in all combinations.
  static func variants(rows: Int, channels: Int) -> [BatchNormCase] {
    [ElementType.f32, .bf16].flatMap { type in
      [Activation.identity, .relu].flatMap { activation in
        [false, true].map {
          BatchNormCase(rows: rows, channels: channels, type: type, activation: activation, addsResidual: $0)
        }
      }
    }
  }

  /// Error of one rounding to the element type.
  var rounding: Double { type == .f32 ? 0x1p-24 : 0x1p-8 }
}

/// What BatchNorm's kernels make of random numbers, and what their twin does. Starting values are exact in the element
/// type; everything else comes from one seed.
final class BatchNormBench {
  struct Results: Equatable {
    var means, squaredDeviations, output, sums, centredSums, gradient, inputGradient: [Double]
  }

  let test: BatchNormCase
  let x, residual, dy: [Double]
  let normalisation: ReferenceFusedBatchNorm.Normalisation
  let a, b, c: [Double]

  init(_ test: BatchNormCase) {
    self.test = test
    var random = TestRandom(seed: UInt64(1000 * test.rows + test.channels))
    let count = test.rows * test.channels
    let exact = { (values: [Double]) in test.type == .f32 ? values : values.map(ReferenceBF16.rounded) }
    x = exact(random.values(count, mean: test.mean))
    residual = exact(random.values(count))
    dy = exact(random.values(count))
    let channels = test.channels
    let twin = ReferenceFusedBatchNorm(channels: channels, rectifies: false)
    normalisation = .init(
      means: twin.moments(of: x).means, scales: random.values(channels), shifts: random.values(channels))
    (a, b, c) = (random.values(channels), random.values(channels), random.values(channels))
  }

  func reference() -> Results {
    let twin = ReferenceFusedBatchNorm(channels: test.channels, rectifies: test.activation == .relu)
    let residual = test.addsResidual ? residual : nil
    let (means, squaredDeviations) = twin.moments(of: x)
    let gradient = twin.maskedGradient(x, adding: residual, normalisation, dy: dy)
    let (sums, centredSums) = twin.gradientSums(x, gradient: gradient, means: normalisation.means)
    return Results(
      means: means, squaredDeviations: squaredDeviations, output: twin.normalise(x, adding: residual, normalisation),
      sums: sums, centredSums: centredSums, gradient: gradient,
      inputGradient: twin.inputGradient(x, gradient: gradient, means: normalisation.means, a: a, b: b, c: c))
  }

  /// - Parameter inPlace: the output overwrites the input, and the input's gradient the output's.
  func run(inPlace: Bool = false) throws -> Results {
    let team = try Engine(threads: test.threads).team
    let kernels = BatchNormKernels(
      channels: test.channels, type: test.type, activation: test.activation, addsResidual: test.addsResidual,
      team: team, instructionSet: test.instructionSet)
    let channels = test.channels
    let (x, dy, residual) = (Tile(test.type, x), Tile(test.type, dy), Tile(test.type, residual))
    let output = inPlace ? Tile(test.type, self.x) : Tile(test.type, count: x.count)
    let inputGradient = inPlace ? dy : Tile(test.type, count: x.count)
    var scratch = [Float](repeating: .nan, count: kernels.scratchElements)
    var (means, squares) = (nans, nans)
    var (sums, centredSums) = (nans, nans)
    var gradient: [Double] = []
    withMeanScaleAndShift { mean, scale, shift in
      var start = 0
      for rows in test.pieces ?? [test.rows] {
        kernels.addMoments(
          of: x.row(start, channels: channels), rows: rows, seen: start, scratch: &scratch, means: &means,
          squaredDeviations: &squares)
        kernels.normalise(
          (inPlace ? output : x).row(start, channels: channels), rows: rows,
          adding: test.addsResidual ? residual.row(start, channels: channels) : nil,
          into: output.row(start, channels: channels), mean: mean, scale: scale, shift: shift)
        kernels.addGradientSums(
          x: x.row(start, channels: channels), rows: rows, output: output.row(start, channels: channels),
          outputGradient: dy.row(start, channels: channels), mean: mean, scale: scale, shift: shift,
          isFirst: start == 0, scratch: &scratch, sums: &sums, centredSums: &centredSums)
        start += rows
      }
      gradient = dy.values
      start = 0
      for rows in test.pieces ?? [test.rows] {
        kernels.inputGradient(
          x: x.row(start, channels: channels), rows: rows, outputGradient: dy.row(start, channels: channels),
          into: inputGradient.row(start, channels: channels), mean: mean, scale: scale, shift: shift,
          a: a.map { Float($0) }, b: b.map { Float($0) }, c: c.map { Float($0) })
        start += rows
      }
    }
    #expect([x, dy, residual, output, inputGradient].allSatisfy { $0.guardsAreIntact })
    return Results(
      means: means, squaredDeviations: squares, output: output.values, sums: sums, centredSums: centredSums,
      gradient: gradient, inputGradient: inputGradient.values)
  }

  private var nans: [Double] { Array(repeating: .nan, count: test.channels) }

  private func withMeanScaleAndShift(
    _ body: (SplitMean, UnsafePointer<Float>, UnsafePointer<Float>) -> Void
  ) {
    var high = normalisation.means.map { Float($0) }
    var low = zip(normalisation.means, high).map { Float($0 - Double($1)) }
    let (scales, shifts) = (normalisation.scales.map { Float($0) }, normalisation.shifts.map { Float($0) })
    high.withUnsafeMutableBufferPointer { high in
      low.withUnsafeMutableBufferPointer { low in
        body(SplitMean(high: high.baseAddress!, low: low.baseAddress!), scales, shifts)
      }
    }
  }
}
