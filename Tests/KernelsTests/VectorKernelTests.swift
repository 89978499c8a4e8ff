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

  @Test(arguments: counts) func reluAndItsGradient(count: Int) {
    let (x, dy) = (floats(count, seed: 1), floats(count, seed: 2))
    let y = x.map { max($0, 0) }
    let dx = zip(y, dy).map { $0 > 0 ? $1 : 0 }
    #expect(unaligned(Array(repeating: 7, count: count)) { relu(x, into: $0, count: count) } == y)
    #expect(unaligned(x) { relu($0, into: $0, count: count) } == y)
    #expect(
      unaligned(Array(repeating: 7, count: count)) {
        reluGradient(output: y, outputGradient: dy, into: $0, count: count)
      } == dx)
    #expect(unaligned(dy) { reluGradient(output: y, outputGradient: $0, into: $0, count: count) } == dx)
  }

  @Test func reluKeepsWhatIsNotANumber() {
    let result = unaligned([.nan, -.infinity, .infinity, -0.0, -1]) { relu($0, into: $0, count: 5) }
    #expect(result[0].isNaN)
    #expect(result.dropFirst() == [0, .infinity, 0, 0])
  }

  @Test(arguments: counts) func sums(count: Int) {
    let (a, b) = (floats(count, seed: 3), floats(count, seed: 4))
    let expected = zip(a, b).map(+)
    #expect(unaligned(Array(repeating: 7, count: count)) { sum(a, b, into: $0, count: count) } == expected)
    #expect(unaligned(a) { sum($0, b, into: $0, count: count) } == expected)
    #expect(unaligned(b) { sum(a, $0, into: $0, count: count) } == expected)
    #expect(unaligned(a) { sum($0, $0, into: $0, count: count) } == a.map { 2 * $0 })
    #expect(unaligned(a) { cvk_add($0, b, count) } == expected)
  }
}
