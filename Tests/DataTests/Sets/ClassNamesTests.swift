import Data
import Platform
import Testing

/// Files of class names, as people, editors and `data pack` write them.
@Suite struct ClassNamesTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    var archive = TarArchive()
    archive.addSample("s", [1], label: "1")
    try folder.file("a.tar", archive.ended)
  }

  private func classes() throws -> [[UInt8]] {
    try TarShards(path: folder.path).classes.map { name in
      #expect(isVisible(name))
      return bytes(ofVisibleText: name)
    }
  }

  @Test func linesAreBytes() throws {
    let text =
      Array("\u{FEFF}ant\r\n\r\n  bee eater \t\n".utf8) + Array("caf".utf8) + [0xE9, 10] + Array("d\\x0ae\u{1B}".utf8)
    try folder.file("classes.txt", text)
    #expect(
      try classes() == [
        Array("ant".utf8), Array("bee eater".utf8), Array("caf".utf8) + [0xE9], Array("d\ne\u{1B}".utf8),
      ])
  }

  @Test func twoFormsAreTwoNames() throws {
    for (name, content) in [("classes.txt", "\u{E9}\ne\u{301}\n"), ("classes.json", #"["\#u{E9}", "e\u0301"]"#)] {
      try folder.file(name, Array(content.utf8))
      #expect(try classes() == [[0xC3, 0xA9], [0x65, 0xCC, 0x81]])
    }
    try folder.file("classes.json", Array(#"["a\u001b", "a\\x1b"]"#.utf8))
    expectFault(folder.path + "/classes.json", #""a\x1b" twice"#) { try classes() }
  }

  @Test func otherTextsAreNamed() throws {
    try folder.file("classes.txt", [0xFF, 0xFE] + Array("ant".utf8).flatMap { [$0, 0] })
    expectFault(folder.path + "/classes.txt", "UTF-16") { try classes() }
    try folder.file("classes.json", Array("[\"a\", \"b\u{1B}\"]".utf8))
    expectFault(folder.path + "/classes.json", "names of classes") { try classes() }
    let error = dataError { try classes() }
    #expect(error.map { isVisible($0.description) } == true)
  }
}
