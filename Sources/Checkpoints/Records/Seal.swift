import Tensors

/// A last line inside a JSON object that carries the digest of all bytes before it: the manifest guards the other
/// files, and this guards the manifest. The sealed text is still JSON.
enum Seal {
  private static let opening = ",\n  \"seal\" : \""
  private static let closing = "\"\n}\n"

  /// Seals the text of an object that is not empty.
  static func sealed(_ object: String) -> String {
    precondition(object.hasSuffix("\n}"), "only the text of a pretty-printed object can be sealed")
    let body = String(object.dropLast(2))
    return "\(body)\(opening)\(Digest(of: body))\(closing)"
  }

  /// The object's text without the seal. Throws when the text is not, to the last bit, what was sealed.
  static func opened(_ text: [UInt8], path: String) throws -> [UInt8] {
    let sealBytes = opening.utf8.count + Digest.digits + closing.utf8.count
    guard text.count > sealBytes else {
      throw CheckpointError.broken(path: path, reason: "\(text.count) bytes are too few; it was cut short")
    }
    let body = text.dropLast(sealBytes)
    let expected = "\(opening)\(body.withUnsafeBytes { Digest(of: $0) })\(closing)"
    guard text.suffix(sealBytes).elementsEqual(expected.utf8) else {
      throw CheckpointError.broken(path: path, reason: "its seal does not match; it was cut short or altered")
    }
    return Array(body) + Array("\n}".utf8)
  }
}

extension Digest: Codable {
  static let digits = 16

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let value = UInt64(text, radix: 16), Digest(value: value).description == text else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "expected \(Self.digits) lowercase hexadecimal digits, got '\(text)'")
    }
    self.init(value: value)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
