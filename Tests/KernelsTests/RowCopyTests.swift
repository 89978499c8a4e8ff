import Kernels
import Testing

@Suite struct RowCopyTests {
  @Test(arguments: 1...5, 1...3) func copiesSomeColumns(count: Int, threads: Int) throws {
    let copy = RowCopy(rows: 70_000, bytes: 2 * count, from: (14, 4), to: (11, 1))
    let source = (0..<14 * copy.rows).map { UInt8(truncatingIfNeeded: $0 / 7) }
    var destination = [UInt8](repeating: 255, count: 11 * copy.rows)
    copy.run(from: source, to: &destination, team: try Engine(threads: threads).team)
    let isRight = destination.indices.allSatisfy { at in
      let (row, column) = (at / 11, at % 11)
      let isCopied = (1..<1 + 2 * count).contains(column)
      return destination[at] == (isCopied ? source[row * 14 + column + 3] : 255)
    }
    #expect(isRight)
  }
}
