import Kernels
import TestSupport
import Testing

/// BatchNorm's vector kernels against the same sums in Double, over rows and channels that leave every remainder.
@Suite struct BatchNormKernelTests {
  struct Case: CustomTestStringConvertible {
    var rows, channels: Int
    var mean = 0.0
    var testDescription: String { "\(rows) rows, \(channels) channels around \(mean)" }

    static let all =
      [1, 2, 3, 4, 5, 63, 64, 65, 131].flatMap { rows in
        [1, 3, 5, 16, 17, 33, 64].map { Case(rows: rows, channels: $0) }
      } + [Case(rows: 1000, channels: 5, mean: 1e4), Case(rows: 4096, channels: 17, mean: -1e4)]
  }

  /// Inputs, their moments in Double, and the memory that the kernels write.
  private final class Bench {
    let kernels: BatchNormKernels
    let x, dy: [Float]
    let means, squares, gradientSums, centredSums: [Double]
    var partial: [Float]
    var (high, low): ([Float], [Float])

    init(_ test: Case) {
      let (rows, channels) = (test.rows, test.channels)
      var random = TestRandom(seed: UInt64(1000 * rows + channels))
      let x = random.values(rows * channels, mean: test.mean)
      let dy = random.values(rows * channels)
      let column = { (c: Int) in stride(from: c, to: rows * channels, by: channels) }
      let means = (0..<channels).map { c in column(c).reduce(0) { $0 + x[$1] } / Double(rows) }
      self.means = means
      squares = (0..<channels).map { c in column(c).reduce(0) { $0 + (x[$1] - means[c]) * (x[$1] - means[c]) } }
      gradientSums = (0..<channels).map { c in column(c).reduce(0) { $0 + dy[$1] } }
      centredSums = (0..<channels).map { c in column(c).reduce(0) { $0 + dy[$1] * (x[$1] - means[c]) } }
      kernels = BatchNormKernels(rows: rows, channels: channels)
      self.x = x.map(Float.init)
      self.dy = dy.map(Float.init)
      partial = Array(repeating: 0, count: BatchNormKernels.scratchElements(channels: channels))
      high = means.map { Float($0) }
      low = zip(means, high).map { Float($0 - Double($1)) }
    }

    func withMean<Result>(_ body: (SplitMean) -> Result) -> Result {
      high.withUnsafeMutableBufferPointer { high in
        low.withUnsafeMutableBufferPointer { low in
          body(SplitMean(high: high.baseAddress!, low: low.baseAddress!))
        }
      }
    }
  }

  @Test(arguments: Case.all) func moments(_ test: Case) {
    let bench = Bench(test)
    var means = [Double](repeating: -1, count: test.channels)
    var squares = means
    bench.kernels.moments(of: bench.x, partial: &bench.partial, means: &means, squaredDeviations: &squares)
    #expect(relativeError(of: means, to: bench.means, floor: 1) < 1e-6)
    #expect(relativeError(of: squares, to: bench.squares, floor: 1e-6) < 1e-6)
    #expect(squares.allSatisfy { $0 >= 0 })
  }

  @Test(arguments: Case.all) func gradientSums(_ test: Case) {
    let bench = Bench(test)
    var sums = [Double](repeating: -1, count: test.channels)
    var centredSums = sums
    bench.withMean { mean in
      bench.kernels.gradientSums(
        x: bench.x, dy: bench.dy, mean: mean, partial: &bench.partial, sums: &sums, centredSums: &centredSums)
    }
    let scale = Double(test.rows).squareRoot()
    #expect(relativeError(of: sums, to: bench.gradientSums, floor: scale) < 1e-6)
    #expect(relativeError(of: centredSums, to: bench.centredSums, floor: scale) < 1e-6)
  }

  @Test(arguments: Case.all) func normaliseAndInputGradient(_ test: Case) {
    let bench = Bench(test)
    var random = TestRandom(seed: 1)
    let (a, b, c) = (
      random.values(test.channels), random.values(test.channels), random.values(test.channels)
    )
    let channel = { (at: Int) in at % test.channels }
    let centred = bench.x.enumerated().map { Double($1) - bench.means[channel($0)] }
    let normalised = centred.enumerated().map { a[channel($0)] * $1 + c[channel($0)] }
    let gradient = centred.enumerated().map {
      a[channel($0)] * Double(bench.dy[$0]) + b[channel($0)] * $1 + c[channel($0)]
    }
    let (af, bf, cf) = (a.map(Float.init), b.map(Float.init), c.map(Float.init))
    bench.withMean { mean in
      var y = [Float](repeating: 7, count: bench.x.count)
      bench.kernels.normalise(bench.x, into: &y, mean: mean, scale: af, shift: cf)
      #expect(relativeError(of: y, to: normalised) < 3e-7)
      var inPlace = bench.x
      inPlace.withUnsafeMutableBufferPointer { x in
        bench.kernels.normalise(x.baseAddress!, into: x.baseAddress!, mean: mean, scale: af, shift: cf)
      }
      #expect(inPlace == y)
      var dx = [Float](repeating: 7, count: bench.x.count)
      bench.kernels.inputGradient(x: bench.x, dy: bench.dy, into: &dx, mean: mean, a: af, b: bf, c: cf)
      #expect(relativeError(of: dx, to: gradient) < 3e-7)
      var overwritten = bench.dy
      overwritten.withUnsafeMutableBufferPointer { dy in
        bench.kernels.inputGradient(
          x: bench.x, dy: dy.baseAddress!, into: dy.baseAddress!, mean: mean, a: af, b: bf, c: cf)
      }
      #expect(overwritten == dx)
    }
  }

  @Test func aConstantChannelHasNoDeviation() {
    for value: Float in [0, 0.1, 1e4 + 0.3, -3e-20] {
      let x = [Float](repeating: value, count: 3000)
      var partial = [Float](repeating: 0, count: 9)
      var (means, squares) = ([Double](repeating: 0, count: 3), [Double](repeating: 0, count: 3))
      BatchNormKernels(rows: 1000, channels: 3).moments(
        of: x, partial: &partial, means: &means, squaredDeviations: &squares)
      #expect(relativeError(of: means, to: Array(repeating: Double(value), count: 3)) < 1e-9)
      #expect(squares.allSatisfy { $0 <= 1e-9 * Double(value) * Double(value) })
    }
  }
}
