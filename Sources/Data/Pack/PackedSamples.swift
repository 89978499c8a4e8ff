/// The members of an archive for one sample after the other. One owner, one thread at a time.
struct PackedSamples: ~Copyable {
  private let tree: FolderTree
  private var shrinker: ImageShrinker?
  private var stored = ByteBuffer()

  /// Of a file's own name, so much goes into the archive's, which holds 100 bytes.
  private static let nameBytes = 64

  init(_ tree: FolderTree, _ options: PackOptions) throws {
    self.tree = tree
    shrinker =
      if let side = options.shorterSide { try ImageShrinker(shorterSide: side, quality: options.quality) } else { nil }
  }

  /// The image and its label, under a key that begins with the position and goes on with the file's name, so that a person
  /// finds the file again.
  mutating func members(of sample: Int, at position: Int) throws -> [UInt8] {
    _ = try tree.read(sample, into: &stored)
    let name = tree.name(of: sample)
    let ending = try Self.ending(of: stored.bytes, name: name)
    let smaller = try shrinker?.shrink(stored.bytes, name: name)
    let key = "\(padded(position, to: 8))-\(Self.word(tree.path(of: sample)))"
    var members: [UInt8] = []
    if let smaller {
      TarWriter.append("\(key).jpg", smaller, to: &members)
    } else {
      TarWriter.append("\(key).\(ending)", stored.bytes, to: &members)
    }
    TarWriter.append("\(key).cls", "\(tree.label(of: sample))".utf8, to: &members)
    return members
  }

  private static func ending(of bytes: UnsafeRawBufferPointer, name: String) throws(DataError) -> String {
    switch ImageFormat(of: bytes) {
    case .jpeg: return "jpg"
    case .png: return "png"
    case nil: throw .notAnImage(path: name, found: ImageSignature.describe(bytes))
    }
  }

  /// The last part of a path without its ending, in characters that no program takes for something else.
  private static func word(_ path: BytePath) -> String {
    let stem = path.name[..<(path.name.lastIndex(of: UInt8(ascii: ".")) ?? path.name.endIndex)]
    return String(
      decoding: stem.suffix(nameBytes).map { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): byte
        default: UInt8(ascii: "_")
        }
      }, as: UTF8.self)
  }
}
