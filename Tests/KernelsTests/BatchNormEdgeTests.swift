import CVectorKernels
import Kernels
import ReferenceKernels
import Tensors
import TestSupport
import Testing

/// Inputs at which BatchNorm's kernels could go wrong in a way that a norm over random numbers would not show.
@Suite struct BatchNormEdgeTests {
  /// Moments of one tile, by the kernels.
  private func moments(_ x: [Double], channels: Int, type: ElementType = .f32) throws -> ([Double], [Double]) {
    let kernels = BatchNormKernels(
      channels: channels, type: type, activation: .identity, addsResidual: false, team: try Engine(threads: 1).team)
    var scratch = [Float](repeating: .nan, count: kernels.scratchElements)
    var (means, squares) = ([Double](repeating: .nan, count: channels), [Double](repeating: .nan, count: channels))
    withTiles([Tile(type, x)]) {
      kernels.addMoments(
        of: $0[0], rows: x.count / channels, seen: 0, scratch: &scratch, means: &means, squaredDeviations: &squares)
    }
    return (means, squares)
  }

  @Test(arguments: [0, 0.1, 1e4 + 0.3, -3e-20]) func aConstantChannelHasNoDeviation(_ value: Float) throws {
    let (means, squares) = try moments(Array(repeating: Double(value), count: 3000), channels: 3)
    #expect(relativeError(of: means, to: Array(repeating: Double(value), count: 3)) < 1e-9)
    #expect(squares.allSatisfy { $0 <= 1e-9 * Double(value) * Double(value) })
  }

  @Test func noRowsHaveNoMoments() throws {
    let (means, squares) = try moments([], channels: 3)
    #expect(means == [0, 0, 0] && squares == [0, 0, 0])
  }

  /// Were deviations taken from the first rows, they would lose four digits here.
  @Test func theFirstRowsMayBeUnlikeTheRest() throws {
    var random = TestRandom(seed: 1)
    let x = random.values(64 * 5, mean: 1e4) + random.values(3072 * 5)
    let (means, squares) = try moments(x, channels: 5)
    let twin = ReferenceFusedBatchNorm(channels: 5, rectifies: false).moments(of: x)
    #expect(relativeError(of: means, to: twin.means) < 1e-6)
    #expect(relativeError(of: squares, to: twin.squaredDeviations) < 1e-6)
  }

  /// Values that a fused multiply-add leaves just above or below zero, and two roundings at zero: what passed forward
  /// must pass backward, in every kernel.
  @Test(arguments: instructionSets, [ElementType.f32, .bf16])
  func masksAgreeWithTheOutput(_ set: cvk_instruction_set, _ type: ElementType) throws {
    _ = try kernels(for: set)
    let channels = 83
    let rows = 40
    var random = TestRandom(seed: 2)
    let zeros = random.values(channels).map(ReferenceBF16.rounded)
    let scale = random.values(channels).map { Float($0) }
    let mean = random.values(channels).map { Float($0) }
    let shift = zip(zeros, zip(mean, scale)).map { -((Float($0) - $1.0) * $1.1) }
    let dy = random.values(rows * channels).map(ReferenceBF16.rounded)
    let x = (0..<rows).flatMap { _ in zeros }
    let unmasked = Kernels(channels, type, .identity, set, mean, scale, shift)
    let masked = Kernels(channels, type, .relu, set, mean, scale, shift)
    let output = try masked.output(x)
    let passes = output.map { $0 > 0 }
    #expect(set == CVK_BASELINE || passes.contains(true), "the case does not tell one arithmetic from another")
    let maskedGradient = zip(dy, passes).map { $1 ? $0 : 0 }
    let sumsAgree = try masked.sums(x, dy) == unmasked.sums(x, maskedGradient)
    let gradientsAgree = try masked.inputGradient(x, dy) == unmasked.inputGradient(x, maskedGradient)
    #expect(sumsAgree && gradientsAgree)
  }

  /// Not in the output, not through ReLU, and not where the rounding to bf16 could carry a NaN's lower bits over into its
  /// sign.
  @Test(arguments: instructionSets, [ElementType.f32, .bf16])
  func noNaNIsLost(_ set: cvk_instruction_set, _ type: ElementType) throws {
    _ = try kernels(for: set)
    let channels = 61
    for bad in [Float.nan, .infinity, -.infinity, Float(bitPattern: 0x7fff_ffff), Float(bitPattern: 0xffff_ffff)] {
      for relu in [Activation.identity, .relu] {
        let (ones, zeros) = ([Float](repeating: 1, count: channels), [Float](repeating: 0, count: channels))
        let bads = [Float](repeating: bad, count: channels)
        let x = [Double](repeating: 1, count: channels)
        let byMean = try Kernels(channels, type, relu, set, bads, zeros, ones).output(x)
        #expect(byMean.allSatisfy { $0.isNaN }, "0 times the infinite, or NaN, centred by \(bad)")
        if bad.isNaN {
          #expect(try Kernels(channels, type, relu, set, zeros, bads, ones).output(x).allSatisfy { $0.isNaN })
          #expect(try Kernels(channels, type, relu, set, zeros, ones, bads).output(x).allSatisfy { $0.isNaN })
          let ofInput = try Kernels(channels, type, relu, set, zeros, ones, ones).output(x.map { _ in Double(bad) })
          #expect(ofInput.allSatisfy { $0.isNaN })
        }
      }
    }
  }
}

/// The kernels at one normalisation.
private struct Kernels {
  let channels: Int, type: ElementType, activation: Activation, set: cvk_instruction_set
  let mean, scale, shift: [Float]

  init(
    _ channels: Int, _ type: ElementType, _ activation: Activation, _ set: cvk_instruction_set, _ mean: [Float],
    _ scale: [Float], _ shift: [Float]
  ) {
    (self.channels, self.type, self.activation, self.set) = (channels, type, activation, set)
    (self.mean, self.scale, self.shift) = (mean, scale, shift)
  }

  private func run(_ body: (BatchNormKernels, SplitMean) -> Void) throws {
    let kernels = BatchNormKernels(
      channels: channels, type: type, activation: activation, addsResidual: false, team: try Engine(threads: 1).team,
      instructionSet: set)
    var high = mean
    var low = [Float](repeating: 0, count: channels)
    high.withUnsafeMutableBufferPointer { high in
      low.withUnsafeMutableBufferPointer { low in
        body(kernels, SplitMean(high: high.baseAddress!, low: low.baseAddress!))
      }
    }
  }

  func output(_ x: [Double]) throws -> [Double] {
    let output = Tile(type, count: x.count)
    try run { kernels, mean in
      withTiles([Tile(type, x), output]) {
        kernels.normalise(
          $0[0], rows: x.count / channels, adding: nil, into: $0[1], mean: mean, scale: scale, shift: shift)
      }
    }
    return output.values
  }

  func sums(_ x: [Double], _ dy: [Double]) throws -> [[Double]] {
    var (sums, centred) = ([Double](repeating: 0, count: channels), [Double](repeating: 0, count: channels))
    try run { kernels, mean in
      var scratch = [Float](repeating: .nan, count: kernels.scratchElements)
      withTiles([Tile(type, x), Tile(type, dy)]) {
        kernels.addGradientSums(
          x: $0[0], rows: x.count / channels, output: nil, outputGradient: $0[1], mean: mean, scale: scale,
          shift: shift, isFirst: true, scratch: &scratch, sums: &sums, centredSums: &centred)
      }
    }
    return [sums, centred]
  }

  func inputGradient(_ x: [Double], _ dy: [Double]) throws -> [Double] {
    let gradient = Tile(type, count: x.count)
    try run { kernels, mean in
      withTiles([Tile(type, x), Tile(type, dy), gradient]) {
        kernels.inputGradient(
          x: $0[0], rows: x.count / channels, outputGradient: $0[1], into: $0[2], mean: mean, scale: scale,
          shift: shift, a: scale, b: shift, c: scale)
      }
    }
    return gradient.values
  }
}
