import CVectorKernels
import Kernels
import ReferenceKernels
import Tensors
import TestSupport
import Testing

/// BatchNorm's vector kernels against their twin in Double.
@Suite struct BatchNormKernelTests {
  private static let sizes: [(rows: Int, channels: Int)] =
    [1, 2, 3, 16, 63, 64, 65, 131].flatMap { rows in [1, 3, 17, 64, 100].map { (rows, $0) } }
    + [4, 8, 15, 16, 28, 32, 33, 47, 48, 1027].map { (5, $0) }

  @Test(arguments: sizes.flatMap { BatchNormCase.variants(rows: $0.rows, channels: $0.channels) })
  func againstTheTwin(_ test: BatchNormCase) throws {
    let bench = BatchNormBench(test)
    expectAgreement(try bench.run(), bench.reference(), test)
  }

  /// 1e4 with a deviation of 1 leaves f32 inputs ten bits for the deviation; nothing more may be lost on the way.
  @Test(arguments: [
    BatchNormCase(rows: 1000, channels: 5, mean: 1e4), .init(rows: 4096, channels: 17, mean: -1e4),
    .init(rows: 3136, channels: 64, mean: 3e4), .init(rows: 3136, channels: 64, activation: .relu, mean: 3e4),
  ])
  func farFromZero(_ test: BatchNormCase) throws {
    let bench = BatchNormBench(test)
    expectAgreement(try bench.run(), bench.reference(), test)
  }

  @Test(arguments: BatchNormCase.variants(rows: 70, channels: 100) + BatchNormCase.variants(rows: 70, channels: 3))
  func inPlace(_ test: BatchNormCase) throws {
    let bench = BatchNormBench(test)
    #expect(try bench.run(inPlace: true) == bench.run())
  }

  /// A tile at a time, an empty one among them: the same elements, and the same sums but for the rounding of f32 blocks.
  @Test(arguments: BatchNormCase.variants(rows: 200, channels: 17)) func inPieces(_ test: BatchNormCase) throws {
    let bench = BatchNormBench(test)
    let whole = try bench.run()
    var pieces = test
    pieces.pieces = [1, 70, 0, 64, 65]
    let results = try BatchNormBench(pieces).run()
    expectAgreement(results, bench.reference(), pieces)
    expectSameElements(results, whole)
  }

  @Test(arguments: BatchNormCase.variants(rows: 1000, channels: 64), 1...3)
  func onSeveralThreads(_ test: BatchNormCase, threads: Int) throws {
    var test = test
    test.threads = threads
    let results = try BatchNormBench(test).run()
    expectAgreement(results, BatchNormBench(test).reference(), test)
    #expect(try BatchNormBench(test).run() == results, "another run gave other bits")
    test.threads = 1
    expectSameElements(results, try BatchNormBench(test).run())
  }

  private func expectSameElements(_ results: BatchNormBench.Results, _ others: BatchNormBench.Results) {
    #expect(results.output == others.output)
    #expect(results.gradient == others.gradient)
    #expect(results.inputGradient == others.inputGradient)
  }
}

/// The same kernels as compiled for each instruction set.
@Suite struct BatchNormInstructionSetTests {
  @Test(arguments: instructionSets, BatchNormCase.variants(rows: 70, channels: 127))
  func againstTheTwin(_ set: cvk_instruction_set, _ test: BatchNormCase) throws {
    _ = try kernels(for: set)
    var test = test
    test.instructionSet = set
    let bench = BatchNormBench(test)
    expectAgreement(try bench.run(), bench.reference(), test)
  }

  @Test(arguments: BatchNormCase.variants(rows: 200, channels: 127))
  func vectorsOfAnyWidthGiveTheSameBits(_ test: BatchNormCase) throws {
    _ = try kernels(for: CVK_AVX512)
    var (narrow, wide) = (test, test)
    (narrow.instructionSet, wide.instructionSet) = (CVK_AVX2, CVK_AVX512)
    #expect(try BatchNormBench(narrow).run() == BatchNormBench(wide).run())
  }
}

private func expectAgreement(
  _ results: BatchNormBench.Results, _ reference: BatchNormBench.Results, _ test: BatchNormCase,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let expect = { (values: [Double], reference: [Double], tolerance: Double, floor: Double, what: Comment) in
    let error = relativeError(of: values, to: reference, floor: floor)
    #expect(error < tolerance, what, sourceLocation: sourceLocation)
  }
  let scale = Double(test.rows).squareRoot()
  expect(results.means, reference.means, 1e-6, 1, "means")
  expect(results.squaredDeviations, reference.squaredDeviations, 1e-6, 1e-6, "squared deviations")
  #expect(results.squaredDeviations.allSatisfy { $0 >= 0 }, sourceLocation: sourceLocation)
  expect(results.output, reference.output, 5 * test.rounding, 1, "output")
  expect(results.sums, reference.sums, 1e-6, scale, "sums")
  expect(results.centredSums, reference.centredSums, 1e-6, scale, "centred sums")
  expect(results.inputGradient, reference.inputGradient, 5 * test.rounding, 0, "input gradient")
  // Only the gradient behind a sum is wanted by anybody else.
  let replaced = test.activation == .relu && test.addsResidual
  #expect(
    results.gradient == (replaced ? reference.gradient : BatchNormBench(test).dy), sourceLocation: sourceLocation)
}
