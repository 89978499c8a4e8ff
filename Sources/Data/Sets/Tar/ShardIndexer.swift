/// Finds the samples of one tar archive by its headers, labels read, images not.
///
/// Neighbouring members with one key make a sample, where the key is a member's path up to the first dot of its last
/// part and the rest is its ending, as WebDataset has it. The image is `.jpg`, `.jpeg` or `.png`; the label stands in
/// `.cls` as a decimal number, or else in `.json` as `label` or `cls`. Members with other endings are ignored and counted.
struct ShardIndexer {
  /// No label may be as large; `model.classes` cannot be either.
  static let labelLimit = 1_000_000

  private var index = ShardIndex()
  private var sample: ShardSample?
  private var keys: Set<[UInt8]> = []
  private let path: String

  static func index(_ file: DataFile) throws(DataError) -> ShardIndex {
    var indexer = ShardIndexer(path: file.path)
    var members = TarReader(file)
    while let member = try members.next() { try indexer.add(member, of: file) }
    try indexer.finishSample(of: file)
    return indexer.index
  }

  private init(path: String) { self.path = path }

  private mutating func add(_ member: TarMember, of file: DataFile) throws(DataError) {
    if member.kind == .folder { return }
    guard let (key, ending) = Self.split(member.name) else {
      index.ignored += 1
      return
    }
    let role = ShardSample.Role(ending: ending)
    if sample?.key != key {
      try finishSample(of: file)
      sample = ShardSample(key: key)
    }
    if case .other(let kind) = member.kind {
      if role != .none {
        throw fault(member, expected: "a file", got: kind, advice: "Pack it as a file (tar --hard-dereference -h).")
      }
      sample?.others += 1
      return
    }
    if role != .none { try check(member, key) }
    guard sample?.take(member, role, ending: ending) ?? true else {
      throw fault(
        member, expected: "one \(role == .image ? "image" : "label of a kind") for a sample", got: "a second",
        advice: "Give each image a key of its own.")
    }
  }

  private mutating func finishSample(of file: DataFile) throws(DataError) {
    guard let sample else { return }
    self.sample = nil
    guard let image = sample.image else {
      try requireNoLostImage(sample)
      index.ignored += sample.members
      return
    }
    guard keys.insert(sample.key).inserted else {
      throw fault(
        image, expected: "each key once, its members side by side", got: "the key \(text(sample.key)) again",
        advice: "Give each image a key of its own, and sort the members by name.")
    }
    guard image.size > 0, image.size <= UInt32.max else {
      throw fault(
        image, expected: "an image of 1 to \(UInt32.max) bytes", got: "\(image.size)", advice: "Pack the image again.")
    }
    let label = try ShardLabel.read(sample, of: file, limit: Self.labelLimit)
    index.offsets.append(image.dataOffset)
    index.lengths.append(UInt32(image.size))
    index.labels.append(Int32(label))
    index.keys.append(sample.key)
    index.ignored += sample.others
  }

  /// A label without an image, or an image of a format that is not read, is not what was meant.
  private func requireNoLostImage(_ sample: ShardSample) throws(DataError) {
    if let (member, format) = sample.unreadable {
      throw .unsupportedFormat(path: "\(path), member \(text(member.name))", format: format)
    }
    if let label = sample.number {
      throw fault(
        label, expected: "an image (.jpg, .jpeg or .png) beside its label", got: "none",
        advice: "Pack the members of a sample side by side, all with its key.")
    }
  }

  /// Names are only names here, but one that leads elsewhere shows that something is wrong with the archive.
  private func check(_ member: TarMember, _ key: [UInt8]) throws(DataError) {
    let parts = key.split(separator: slash[0], omittingEmptySubsequences: false)
    guard key.first != slash[0], !parts.contains(where: { $0.elementsEqual([0x2E, 0x2E]) }) else {
      throw fault(
        member, expected: "a path below the archive's folder, without ..", got: text(member.name),
        advice: "Pack the images from inside their folder.")
    }
  }

  /// A member's key and its ending in lower case; nil where the last part of the path begins with a dot or has none.
  static func split(_ name: [UInt8]) -> (key: [UInt8], ending: String)? {
    var name = name[...]
    while name.starts(with: [0x2E, 0x2F]) { name = name.dropFirst(2) }
    let base = name.lastIndex(of: slash[0]).map { name.index(after: $0) } ?? name.startIndex
    guard let dot = name[base...].firstIndex(of: UInt8(ascii: ".")), dot > base else { return nil }
    return (Array(name[..<dot]), text(name[(dot + 1)...]).lowercased())
  }

  private func fault(_ member: TarMember, expected: String, got: String, advice: String) -> DataError {
    .badFile(
      FileFault(
        path, part: "member \(text(member.name))", offset: member.headerOffset, expected: expected, got: got,
        advice: advice))
  }
}
