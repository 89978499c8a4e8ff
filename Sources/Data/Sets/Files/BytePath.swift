import Platform

/// The path of a file as the system has it: bytes, which need not be UTF-8. Messages show its `text`.
struct BytePath: Hashable, Sendable {
  let bytes: [UInt8]

  init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

  /// A path from a configuration or a command line, or one that a message showed: bytes that are no UTF-8 are written as
  /// `\xHH` in it.
  init(visible text: String) { bytes = Platform.bytes(ofVisibleText: text) }

  /// As a person reads it.
  var text: String { visibleText(bytes) }

  /// The last part.
  var name: ArraySlice<UInt8> { bytes[(bytes.lastIndex(of: slash[0]).map { $0 + 1 } ?? 0)...] }

  /// The folder that the file is in.
  var folder: BytePath {
    guard let end = bytes.lastIndex(of: slash[0]) else { return BytePath([UInt8(ascii: ".")]) }
    return BytePath(end == 0 ? slash : Array(bytes[..<end]))
  }

  func appending(_ name: some Sequence<UInt8>) -> BytePath { BytePath(bytes + slash + name) }

  func appending(_ name: String) -> BytePath { appending(name.utf8) }

  /// The file beside this one with another name.
  func renamed(_ name: some Sequence<UInt8>) -> BytePath { BytePath(bytes.dropLast(self.name.count) + name) }

  func withCString<Result, Failure: Error>(
    _ body: (UnsafePointer<CChar>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let characters = bytes.map { CChar(bitPattern: $0) } + [0]
    // An array's own pointer cannot be lent where errors have a type.
    let copy = UnsafeMutablePointer<CChar>.allocate(capacity: characters.count)
    defer { copy.deallocate() }
    copy.initialize(from: characters, count: characters.count)
    return try body(copy)
  }
}

let slash = [UInt8(ascii: "/")]

/// Bytes of a file or of its name as a person reads them.
func text(_ bytes: some Collection<UInt8>) -> String { visibleText(bytes) }

/// The same between quotation marks.
func quoted(_ bytes: some Collection<UInt8>) -> String { "\"\(text(bytes))\"" }

/// Names from elsewhere, a checkpoint or a file, as people read them.
func visibleNames(_ names: [String]) -> [String] { names.map { visibleText(bytes(ofVisibleText: $0)) } }
