import Kernels
import Testing

/// What random numbers do not show: equal maxima, numbers that are none, and windows that overlap.
@Suite struct MaximumWindowsTests {
  private static let channels = [1, 15, 16, 17, 64, 83]

  /// Windows of 2 that move by 1 over one row of 4 pixels, on one thread.
  private func windows(channels: Int) throws -> MaximumWindows {
    MaximumWindows(
      rows: WindowAxis(inputs: 1, windows: [.init(start: 0, count: 1)]),
      columns: WindowAxis(inputs: 4, windows: (0..<3).map { .init(start: $0, count: 2) }), channels: channels,
      samples: 1, team: try Engine(threads: 1).team)
  }

  /// Of each pixel, in all channels: maxima, and the gradient where the outputs' gradients are 1, 10 and 100.
  private func run(_ pixels: [Float], channels: Int) throws -> (maxima: [Float], gradient: [Float]) {
    let windows = try windows(channels: channels)
    func inAllChannels(_ pixels: [Float]) -> [Float] { pixels.flatMap { Array(repeating: $0, count: channels) } }
    var maxima = inAllChannels([0, 0, 0])
    var positions = [UInt16](repeating: 9, count: 3 * channels)
    var gradient = inAllChannels([7, 7, 7, 7])
    windows.forward(inAllChannels(pixels), into: &maxima, positions: &positions)
    windows.backward(outputGradient: inAllChannels([1, 10, 100]), positions: positions, inputGradient: &gradient)
    for values in [maxima, gradient] {
      for (at, value) in values.enumerated() {
        let first = values[at / channels * channels]
        #expect(value == first || value.isNaN && first.isNaN, "channels differ")
      }
    }
    return (
      stride(from: 0, to: maxima.count, by: channels).map { maxima[$0] },
      stride(from: 0, to: gradient.count, by: channels).map { gradient[$0] }
    )
  }

  @Test(arguments: channels) func theFirstOfEqualMaximaTakesTheGradient(channels: Int) throws {
    let flat = try run([5, 5, 5, 5], channels: channels)
    #expect(flat.maxima == [5, 5, 5])
    #expect(flat.gradient == [1, 10, 100, 0])
    #expect(try run([-.infinity, -.infinity, -.infinity, 0], channels: channels).gradient == [1, 10, 0, 100])
  }

  @Test(arguments: channels) func oneMaximumOfSeveralWindows(channels: Int) throws {
    let peak = try run([1, 3, 2, 0], channels: channels)
    #expect(peak.maxima == [3, 3, 2])
    #expect(peak.gradient == [0, 11, 100, 0])
  }

  @Test(arguments: channels) func whatIsNotANumberWins(channels: Int) throws {
    let result = try run([1, .nan, 2, 3], channels: channels)
    #expect(result.maxima[0].isNaN && result.maxima[1].isNaN && result.maxima[2] == 3)
    #expect(result.gradient == [0, 11, 0, 100])
  }
}
