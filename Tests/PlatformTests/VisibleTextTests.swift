import Platform
import Testing

struct VisibleTextTests {
  @Test(arguments: [
    ("tench", "tench"), ("Größe 3 – ü", "Größe 3 – ü"), ("a b\\c", "a b\\c"), ("日本", "日本"),
    ("x\n\u{1B}[31m", "x\\x0a\\x1b[31m"), ("\u{FEFF}{", "\\xef\\xbb\\xbf{"), ("a\u{202E}b", "a\\xe2\\x80\\xaeb"),
    ("\\x41", "\\x5cx41"), ("\\x4G", "\\x4G"), ("\u{85}", "\\xc2\\x85"),
  ])
  func whatCanBeSeenStays(name: String, shown: String) {
    #expect(visibleText(name) == shown)
    #expect(bytes(ofVisibleText: shown) == Array(name.utf8))
  }

  @Test func linesForATerminalKeepTheirBreaks() {
    #expect(terminalText("one\ntwo\t\u{1B}[2Jé\\x41") == "one\ntwo\t\\x1b[2Jé\\x41")
  }

  @Test func bytesThatAreNoTextAreShownAsNumbers() {
    let latin1: [UInt8] = [0x63, 0x61, 0x66, 0xE9]
    #expect(visibleText(latin1) == "caf\\xe9")
    #expect(bytes(ofVisibleText: "caf\\xe9") == latin1)
  }

  /// Two names are shown alike only if they are one.
  @Test func everyNameCanBeReadBack() {
    var generator = SystemRandomNumberGenerator()
    let alphabet: [UInt8] =
      Array("\\x0123abef".utf8) + [0x0A, 0x80, 0xC3, 0xA9, 0xE2, 0x80, 0xAE, 0xEF, 0xBB, 0xBF, 0xF0]
    for _ in 0..<20_000 {
      let name = (0..<Int.random(in: 0...9, using: &generator)).map { _ in alphabet.randomElement(using: &generator)! }
      #expect(bytes(ofVisibleText: visibleText(name)) == name)
    }
  }
}
