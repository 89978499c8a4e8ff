import Foundation
import Testing
import Training

@Suite struct TerminalTests {
  /// A pseudo-terminal as mpirun makes them has no size until it is told one.
  @Test func aPseudoTerminalIsATerminal() throws {
    var controller: Int32 = -1
    var name = [CChar](repeating: 0, count: 128)
    var end: Int32 = -1
    try #require(openpty(&controller, &end, &name, nil, nil) == 0)
    defer {
      close(controller)
      close(end)
    }
    let terminal = try #require(Terminal(String(decoding: name.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)))
    #expect(terminal.columns == 80)
    var size = winsize(ws_row: 50, ws_col: 123, ws_xpixel: 0, ws_ypixel: 0)
    #expect(ioctl(end, UInt(TIOCSWINSZ), &size) == 0)
    #expect(terminal.columns == 123)
  }

  @Test(arguments: ["/dev/null", "/proc/self/exe", "/no/such/file"]) func otherFilesAreNot(path: String) {
    #expect(Terminal(path) == nil)
  }

  @Test func aDumbTerminalCannotRedraw() {
    #expect(Terminal.ofStandardError(environment: ["TERM": "dumb"]) == nil)
  }
}
