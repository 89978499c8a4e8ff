/// A member of an archive: where it is and what it claims to be. Nothing is ever written under its name.
struct TarMember: Hashable {
  enum Kind: Hashable {
    case file
    case folder
    /// Links, devices and whatever else holds no bytes of its own here; in words.
    case other(String)
  }

  let name: [UInt8]
  let kind: Kind
  let headerOffset: Int
  let dataOffset: Int
  let size: Int
}

/// Walks over the members of a tar archive, of which it reads the headers alone. Nothing in it is trusted: checksums are
/// verified, data must lie inside the file, and records about a member may be 1 MiB long at most.
///
/// Reads ustar, pax (`path`, `size`) and GNU's archives (long names, binary sizes).
struct TarReader {
  private static let recordLimit = 1 << 20
  private static let nameLimit = 4096
  /// Programs fill up their last block of output; behind the end of an archive there may be so many zeros.
  private static let paddingLimit = 1 << 20

  private var file: BufferedFile
  private var position = 0

  init(_ file: DataFile) { self.file = BufferedFile(file) }

  /// The next member; nil after the last.
  mutating func next() throws(DataError) -> TarMember? {
    var extensions = TarExtensions()
    while let header = try header() {
      let start = position
      let hasData = !(UInt8(ascii: "1")...UInt8(ascii: "6")).contains(header.type)
      let isRecord = [0x67, 0x78, 0x4B, 0x4C].contains(header.type)
      let size = hasData ? (isRecord ? nil : extensions.size) ?? header.size : 0
      let data = start + TarHeader.blockBytes
      guard size <= file.size - data else {
        throw fault(
          start, name(header), expected: "a member that ends before the file does, at \(file.size)",
          got: "\(size) bytes from byte \(data) on", advice: FileFault.copyAgain)
      }
      let blocks = (size + TarHeader.blockBytes - 1) / TarHeader.blockBytes
      position = data + blocks * TarHeader.blockBytes
      if isRecord {
        try take(header, records: data..<(data + size), into: &extensions)
      } else {
        return try member(header, extensions, at: start, data: data, size: size)
      }
    }
    guard extensions.isEmpty else {
      throw fault(
        position, nil, expected: "a member after its records", got: "the end of the archive", advice: Self.pack)
    }
    return nil
  }

  /// The header at the position; nil at the end of the archive, which must be marked.
  private mutating func header() throws(DataError) -> TarHeader? {
    guard position + TarHeader.blockBytes <= file.size else {
      throw fault(
        position, nil, expected: "a header, or a block of zeros at the end", got: "the end of the file",
        advice: "The archive was cut off. " + FileFault.copyAgain)
    }
    let block = try file.bytes(at: position, count: TarHeader.blockBytes)
    if block.allSatisfy({ $0 == 0 }) {
      try requireNothingMore()
      return nil
    }
    do throws(TarHeader.Problem) {
      return try TarHeader(block)
    } catch {
      let isPacked = position == 0 && block.starts(with: [0x1F, 0x8B])
      throw fault(
        position + error.offset, nil, expected: isPacked ? "a tar archive" : error.expected,
        got: isPacked ? "gzip data" : error.got, advice: isPacked ? "Unpack it with gunzip." : FileFault.copyAgain)
    }
  }

  /// Members behind the end, as in archives that were put one after the other, would be lost silently.
  private mutating func requireNothingMore() throws(DataError) {
    let rest = file.size - position
    let start = position
    let end = min(rest, Self.paddingLimit)
    for offset in stride(from: 0, to: end, by: 1 << 16) {
      let piece = try file.bytes(at: start + offset, count: min(1 << 16, end - offset))
      if let other = piece.firstIndex(where: { $0 != 0 }) {
        throw fault(
          start + offset + other, nil, expected: "zeros behind the end of the archive", got: "other bytes",
          advice: Self.apart)
      }
    }
    guard rest <= Self.paddingLimit else {
      throw fault(
        start, nil, expected: "at most \(Self.paddingLimit) bytes behind the end of the archive", got: "\(rest)",
        advice: Self.apart)
    }
  }

  private mutating func take(
    _ header: TarHeader, records: Range<Int>, into extensions: inout TarExtensions
  ) throws(DataError) {
    guard records.count <= Self.recordLimit else {
      throw fault(
        records.lowerBound, name(header), expected: "at most \(Self.recordLimit) bytes of records about a member",
        got: "\(records.count)", advice: Self.pack)
    }
    let bytes = try file.bytes(at: records.lowerBound, count: records.count)
    switch header.type {
    case UInt8(ascii: "L"): extensions.path = Array(bytes.prefix { $0 != 0 })
    case UInt8(ascii: "K"): break  // Where a link leads does not matter.
    default:
      var found = TarExtensions()
      do throws(TarExtensions.Problem) {
        try found.add(pax: bytes)
      } catch {
        throw fault(
          records.lowerBound + error.offset, name(header), expected: error.expected, got: error.got, advice: Self.pack)
      }
      if header.type == UInt8(ascii: "g") {
        // Global records about every member's path or size would make them all one.
        guard found.isEmpty else {
          throw fault(
            records.lowerBound, name(header), expected: "global records without path and size", got: "one with",
            advice: Self.pack)
        }
      } else {
        extensions.path = found.path ?? extensions.path
        extensions.size = found.size ?? extensions.size
        extensions.isSparse = extensions.isSparse || found.isSparse
      }
    }
  }

  private func member(
    _ header: TarHeader, _ extensions: TarExtensions, at offset: Int, data: Int, size: Int
  ) throws(DataError) -> TarMember {
    let name = extensions.path ?? header.name
    guard name.count <= Self.nameLimit else {
      throw fault(
        offset, nil, expected: "a name of at most \(Self.nameLimit) bytes", got: "\(name.count)", advice: Self.pack)
    }
    let kind: TarMember.Kind =
      switch header.type {
      case _ where extensions.isSparse: .other("a sparse file")
      case 0, UInt8(ascii: "0"), UInt8(ascii: "7"): name.last == slash[0] ? .folder : .file
      case UInt8(ascii: "1"): .other("a hard link")
      case UInt8(ascii: "2"): .other("a symbolic link")
      case UInt8(ascii: "3"), UInt8(ascii: "4"): .other("a device")
      case UInt8(ascii: "5"): .folder
      case UInt8(ascii: "6"): .other("a FIFO")
      case UInt8(ascii: "S"):
        // How many blocks follow stands in blocks of its own; what cannot be skipped is refused.
        throw fault(offset, text(name), expected: "files without holes", got: "a sparse file", advice: Self.pack)
      case let type: .other("a member of the unknown type \(type)")
      }
    return TarMember(name: name, kind: kind, headerOffset: offset, dataOffset: data, size: size)
  }

  private func name(_ header: TarHeader) -> String { text(header.name) }

  private static let pack = "Pack the images again, with `dist-train data pack` or with tar --format=ustar."
  private static let apart = "Leave archives in files of their own; one file holds one archive."

  private func fault(
    _ offset: Int, _ member: String?, expected: String, got: String, advice: String
  ) -> DataError {
    .badFile(
      FileFault(
        file.path, part: member.map { "member \($0)" }, offset: offset, expected: expected, got: got, advice: advice))
  }
}
