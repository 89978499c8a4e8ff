import ReferenceKernels
import Tensors
import TestSupport
import Testing

/// Counts that leave every remainder of every vector width.
let remainderCounts = Array(0...67) + [255, 256, 257, 1000]

extension ElementType {
  /// The types that activations are kept in.
  static let ofActivations = [ElementType.f32, .bf16]

  /// The nearest value that the type holds.
  func rounded(_ value: Double) -> Double {
    self == .f32 ? Double(Float(value)) : ReferenceBF16.rounded(Double(Float(value)))
  }

  /// Random values that the type holds exactly.
  func values(_ count: Int, seed: UInt64) -> [Double] {
    var random = TestRandom(seed: seed)
    return random.values(count).map(rounded)
  }

  /// The unit roundoff, and a little for what is rounded to f32 on the way.
  var tolerance: Double { self == .f32 ? 2e-7 : 0x1.02p-8 }
}

/// Compares what a kernel leaves in the first of its tiles.
func expect(
  _ expected: [Double], within tolerance: Double, _ tiles: [Tile], sourceLocation: SourceLocation = #_sourceLocation,
  after kernel: ([UnsafeMutableRawPointer]) -> Void
) {
  withTiles(tiles, sourceLocation: sourceLocation, body: kernel)
  let isRight = zip(tiles[0].values, expected).allSatisfy { abs($0 - $1) <= tolerance * max(abs($1), 1e-3) }
  #expect(isRight && tiles[0].count == expected.count, sourceLocation: sourceLocation)
}
