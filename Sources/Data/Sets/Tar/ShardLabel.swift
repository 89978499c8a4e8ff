import JSON
import Platform

/// Reads the label of a sample from the members beside its image.
enum ShardLabel {
  private static let numberBytes = 64
  private static let documentBytes = 1 << 20

  /// The number in `.cls`, or else `label` or `cls` in `.json`; below `limit`.
  static func read(_ sample: ShardSample, of file: DataFile, limit: Int) throws(DataError) -> Int {
    if let member = sample.number {
      let content = try content(of: member, in: file, limit: numberBytes)
      let digits = content.drop(while: isSpace).prefix { !isSpace($0) }
      let rest = content[digits.endIndex...]
      guard let label = TarExtensions.decimal(digits), label < limit, rest.allSatisfy(isSpace) else {
        throw fault(member, file, limit, got: quoted(content))
      }
      return label
    }
    guard let member = sample.json else {
      throw .badFile(
        FileFault(
          file.path, part: sample.image.map { "member \(text($0.name))" }, offset: sample.image?.headerOffset,
          expected: "a label beside the image, in \(text(sample.key)).cls or \(text(sample.key)).json", got: "neither",
          advice: "Pack each image with its label, side by side."))
    }
    let document: JSONValue
    let bytes = try content(of: member, in: file, limit: documentBytes)
    do { document = try JSONValue(parsing: bytes) } catch { throw fault(member, file, limit, got: "\(error)") }
    switch document["label"] ?? document["cls"] {
    case .integer(let label)? where 0..<limit ~= label: return label
    case let other?: throw fault(member, file, limit, got: visibleText(String(other.line.prefix(64))))
    case nil: throw fault(member, file, limit, got: "no \"label\" and no \"cls\"")
    }
  }

  private static func content(
    of member: TarMember, in file: DataFile, limit: Int
  ) throws(DataError) -> [UInt8] {
    guard member.size <= limit else {
      throw .badFile(
        FileFault(
          file.path, part: "member \(text(member.name))", offset: member.dataOffset,
          expected: "a label in at most \(limit) bytes", got: "\(member.size)", advice: "Pack the label again."))
    }
    return try file.bytes(at: member.dataOffset, count: member.size)
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || 0x09...0x0D ~= byte }

  private static func fault(_ member: TarMember, _ file: DataFile, _ limit: Int, got: String) -> DataError {
    .badFile(
      FileFault(
        file.path, part: "member \(text(member.name))", offset: member.dataOffset,
        expected: "a label, a whole number from 0 to \(limit - 1)", got: got, advice: "Pack the label again."))
  }
}
