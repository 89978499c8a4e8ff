import CVectorKernels
import Kernels
import ReferenceKernels
import Tensors
import TestSupport
import Testing

/// Maxima over windows, for every instruction set and element type: against the definition in Double, and what random
/// numbers do not show: equal maxima, and numbers that are none.
@Suite struct MaximumWindowsTests {
  private static let channels = [1, 3, 15, 16, 17, 64, 65]

  struct KernelCase: Hashable {
    let set: cvk_instruction_set
    let type: ElementType
  }

  private static let kernelCases = instructionSets.flatMap { set in
    ElementType.ofActivations.map { KernelCase(set: set, type: $0) }
  }

  private func table(_ set: cvk_instruction_set, _ type: ElementType) throws -> cvk_maximum_windows {
    let all = try kernels(for: set).pointee
    return type == .f32 ? all.maximum_windows_f32 : all.maximum_windows_bf16
  }

  @Test(arguments: instructionSets, ElementType.ofActivations)
  func againstTheDefinition(_ set: cvk_instruction_set, _ type: ElementType) throws {
    for windows in WindowCase.all {
      for (index, channels) in Self.channels.enumerated() {
        let shape: Shape = [2, channels, windows.height, windows.width]
        let maximum = MaximumWindows(
          rows: windows.rows, columns: windows.columns, channels: channels, samples: 2, kernels: try table(set, type),
          team: try Engine(threads: index % 3 + 1).team)
        expectAgreement(maximum, windows.reference, type, shape, "\(windows), \(channels) channels")
      }
    }
  }

  /// Maxima are values of the input, equal to the last bit. A gradient is a sum of up to nine, which may be much smaller
  /// than they are, added in f32 and rounded once.
  private func expectAgreement(
    _ maximum: MaximumWindows, _ reference: ReferenceMaxPooling, _ type: ElementType, _ shape: Shape, _ what: String
  ) {
    let x = ReferenceTensor(shape, type.values(shape.elements, seed: 1))
    let y = reference.forward(x)
    let dy = ReferenceTensor(y.shape, type.values(y.values.count, seed: 2))
    let dx = reference.backward(input: x, outputGradient: dy).channelsLast
    let input = Tile(type, x.channelsLast)
    let (output, evaluated) = (Tile(type, count: y.values.count), Tile(type, count: y.values.count))
    let gradient = Tile(type, count: dx.count)
    var positions = [UInt16](repeating: 9, count: y.values.count)
    withTiles([input, output, evaluated, gradient, Tile(type, dy.channelsLast)]) {
      maximum.forward($0[0], into: $0[1], positions: &positions)
      maximum.forward($0[0], into: $0[2], positions: nil)
      maximum.backward(outputGradient: $0[4], positions: positions, inputGradient: $0[3])
    }
    #expect(output.values == y.channelsLast && evaluated.values == y.channelsLast, "maxima of \(what)")
    let isRight = zip(gradient.values, dx).allSatisfy { abs($0 - $1) <= type.tolerance * abs($1) + 1e-6 }
    #expect(isRight, "gradients of \(what)")
  }

  /// Rounded once: three gradients of which each alone would be lost in bf16 beside the largest.
  @Test(arguments: instructionSets, ElementType.ofActivations)
  func sumsAreF32(_ set: cvk_instruction_set, _ type: ElementType) throws {
    let result = try run([0, 0, 7, 0, 0], taps: 3, gradients: [256, 1, 1], channels: 37, try table(set, type), type)
    #expect(result.gradient == [0, 0, 258, 0, 0])
  }

  /// Windows of `taps` that move by 1 over one row of pixels, on one thread. Of each pixel, in all channels: maxima, and
  /// the gradient.
  private func run(
    _ pixels: [Double], taps: Int = 2, gradients: [Double] = [1, 10, 100], channels: Int,
    _ kernels: cvk_maximum_windows, _ type: ElementType
  ) throws -> (maxima: [Double], gradient: [Double]) {
    let columns = WindowAxis(inputs: pixels.count, windows: gradients.indices.map { .init(start: $0, count: taps) })
    let windows = MaximumWindows(
      rows: WindowAxis(inputs: 1, windows: [.init(start: 0, count: 1)]), columns: columns, channels: channels,
      samples: 1, kernels: kernels, team: try Engine(threads: 1).team)
    func inAllChannels(_ pixels: [Double]) -> Tile {
      Tile(type, pixels.flatMap { Array(repeating: $0, count: channels) })
    }
    let (maxima, gradient) = (inAllChannels([0, 0, 0]), inAllChannels(pixels))
    var positions = [UInt16](repeating: 9, count: 3 * channels)
    withTiles([maxima, gradient, inAllChannels(pixels), inAllChannels(gradients)]) {
      windows.forward($0[2], into: $0[0], positions: &positions)
      windows.backward(outputGradient: $0[3], positions: positions, inputGradient: $0[1])
    }
    func ofPixels(_ tile: Tile) -> [Double] {
      let values = tile.values
      for (at, value) in values.enumerated() {
        let first = values[at / channels * channels]
        #expect(value == first || value.isNaN && first.isNaN, "channels differ")
      }
      return stride(from: 0, to: values.count, by: channels).map { values[$0] }
    }
    return (ofPixels(maxima), ofPixels(gradient))
  }

  @Test(arguments: kernelCases, channels)
  func theFirstOfEqualMaximaTakesTheGradient(_ kernel: KernelCase, channels: Int) throws {
    let (table, type) = (try table(kernel.set, kernel.type), kernel.type)
    let flat = try run([5, 5, 5, 5], channels: channels, table, type)
    #expect(flat.maxima == [5, 5, 5])
    #expect(flat.gradient == [1, 10, 100, 0])
    let infinite = try run([-.infinity, -.infinity, -.infinity, 0], channels: channels, table, type)
    #expect(infinite.gradient == [1, 10, 0, 100])
    let zeros = try run([-0.0, 0, -0.0, -1], channels: channels, table, type)
    #expect(zeros.gradient == [1, 10, 100, 0])
    #expect(zeros.maxima.map(\.sign) == [.minus, .plus, .minus])
  }

  @Test(arguments: kernelCases, channels)
  func oneMaximumOfSeveralWindows(_ kernel: KernelCase, channels: Int) throws {
    let (table, type) = (try table(kernel.set, kernel.type), kernel.type)
    let peak = try run([1, 3, 2, 0], channels: channels, table, type)
    #expect(peak.maxima == [3, 3, 2])
    #expect(peak.gradient == [0, 11, 100, 0])
    let negative = try run([-3, -1, -2, -4], channels: channels, table, type)
    #expect(negative.maxima == [-1, -1, -2])
    #expect(negative.gradient == [0, 11, 100, 0])
  }

  @Test(arguments: kernelCases, channels)
  func whatIsNotANumberWins(_ kernel: KernelCase, channels: Int) throws {
    let (table, type) = (try table(kernel.set, kernel.type), kernel.type)
    for nan: Double in [.nan, -.nan] {
      for other: Double in [1, .infinity, -.infinity] {
        let result = try run([other, nan, other, 3], channels: channels, table, type)
        #expect(result.maxima[0].isNaN && result.maxima[1].isNaN && result.maxima[2] == max(other, 3))
        #expect(result.gradient == [0, 11] + (other > 3 ? [100, 0] : [0, 100]))
      }
    }
  }
}
