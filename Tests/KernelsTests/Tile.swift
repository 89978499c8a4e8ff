import CVectorKernels
import ReferenceKernels
import Tensors
import Testing

/// Values as a kernel sees them: of one element type, in memory that starts one element after an aligned address so that
/// no kernel can rely on more, between guards that nobody may overwrite.
final class Tile {
  let type: ElementType
  let count: Int
  private let memory: UnsafeMutableRawPointer
  private static let guardByte: UInt8 = 0x5a

  /// The values, which the element type must hold exactly.
  convenience init(_ type: ElementType, _ values: [Double]) {
    self.init(type, count: values.count)
    for (index, value) in values.enumerated() { self[index] = value }
  }

  /// Filled with a pattern.
  init(_ type: ElementType, count: Int) {
    (self.type, self.count) = (type, count)
    memory = .allocate(byteCount: (count + 2) * type.bytes, alignment: 64)
    memory.initializeMemory(as: UInt8.self, repeating: Tile.guardByte, count: (count + 2) * type.bytes)
  }

  deinit { memory.deallocate() }

  var address: UnsafeMutableRawPointer { memory + type.bytes }
  var floats: UnsafeMutablePointer<Float> { address.assumingMemoryBound(to: Float.self) }
  var halves: UnsafeMutablePointer<UInt16> { address.assumingMemoryBound(to: UInt16.self) }
  /// The address of one row.
  func row(_ index: Int, channels: Int) -> UnsafeMutableRawPointer { address + index * channels * type.bytes }

  subscript(index: Int) -> Double {
    get { type == .f32 ? Double(floats[index]) : ReferenceBF16.value(halves[index]) }
    set {
      if type == .f32 { floats[index] = Float(newValue) } else { halves[index] = cvk_bf16_from_f32(Float(newValue)) }
    }
  }

  var values: [Double] { (0..<count).map { self[$0] } }

  var guardsAreIntact: Bool {
    let all = UnsafeRawBufferPointer(start: memory, count: (count + 2) * type.bytes)
    return (all.prefix(type.bytes) + all.suffix(type.bytes)).allSatisfy { $0 == Tile.guardByte }
  }
}

/// Lends the addresses of tiles, which live until `body` returns, and checks what surrounds them.
func withTiles<Result>(
  _ tiles: [Tile], sourceLocation: SourceLocation = #_sourceLocation, body: ([UnsafeMutableRawPointer]) -> Result
) -> Result {
  withExtendedLifetime(tiles) {
    let result = body(tiles.map(\.address))
    #expect(tiles.allSatisfy { $0.guardsAreIntact }, "a kernel wrote outside its tile", sourceLocation: sourceLocation)
    return result
  }
}
