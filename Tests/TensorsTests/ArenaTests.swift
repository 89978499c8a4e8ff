import Testing
import Tensors

@Suite struct ArenaTests {
  @Test func partsLieInOrderOnCacheLinesOfTheirOwn() {
    let layout = ArenaLayout([("a", .f32, [3]), ("b", .i64, []), ("c", .f32, [0]), ("d", .u8, [65])])
    #expect(layout.parts.map(\.offset) == [0, 64, 128, 128])
    #expect(layout.bytes == 256)
    #expect(layout.part(named: "b")?.bytes == 8)
    #expect(layout.part(named: "e") == nil)
  }

  @Test func memoryIsZeroAlignedAndShared() {
    let arena = Arena(ArenaLayout([("a", .f32, [3]), ("b", .f32, [2, 2])]))
    #expect(arena.bytes.allSatisfy { $0 == 0 })
    #expect(Int(bitPattern: arena.bytes.baseAddress) % 64 == 0)
    arena.floats(of: arena.layout.parts[1])[3] = 5
    #expect(arena.floats[19] == 5)
  }
}
