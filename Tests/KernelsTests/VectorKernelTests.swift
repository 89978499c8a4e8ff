import CVectorKernels
import Kernels
import TestSupport
import Testing

/// The vector kernels against loops in Swift: every remainder of every vector width, and every aliasing that is
/// allowed.
@Suite struct VectorKernelTests {
  private static let counts = Array(0...67) + [255, 1000]

  /// A copy that may be written, starting one element after an aligned address so that no kernel can rely on more.
  private func unaligned(_ values: [Float], _ body: (UnsafeMutablePointer<Float>) -> Void) -> [Float] {
    var storage = [-99] + values + [-99]
    storage.withUnsafeMutableBufferPointer { body($0.baseAddress! + 1) }
    #expect(storage.first == -99 && storage.last == -99, "a kernel wrote outside its \(values.count) elements")
    return Array(storage.dropFirst().dropLast())
  }

  private func floats(_ count: Int, seed: UInt64) -> [Float] {
    var random = TestRandom(seed: seed)
    return random.values(count).map(Float.init)
  }

  @Test(arguments: counts) func segments(count: Int) {
    let (a, b) = (floats(count, seed: 3), floats(count, seed: 4))
    #expect(unaligned(a) { cvk_add($0, b, count) } == zip(a, b).map(+))
  }
}
