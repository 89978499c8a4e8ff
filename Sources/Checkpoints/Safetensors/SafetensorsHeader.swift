import Tensors

/// The table of contents of a safetensors file (format documentation of huggingface/safetensors):
/// 8 bytes with the header's length, little endian; the header, a JSON object padded with spaces; the tensors' bytes.
public struct SafetensorsHeader: Hashable, Sendable {
  public struct Tensor: Hashable, Sendable {
    public let name: String
    public let type: ElementType
    public let shape: Shape
    /// Counted from the end of the header. The tensors follow each other without gaps.
    public let byteRange: Range<Int>
  }

  /// In the order of their bytes.
  public let tensors: [Tensor]
  /// Free text by name; the object `__metadata__` of the header.
  public let metadata: [String: String]

  static let metadataKey = "__metadata__"
  static let lengthBytes = 8
  /// Room for a hundred thousand tensors. The reference implementation allows 100 MB, which as a parsed tree could take
  /// gigabytes.
  static let maximumBytes = 16 << 20

  init(tensors: [Tensor], metadata: [String: String]) {
    self.tensors = tensors
    self.metadata = metadata
  }

  /// Lays the views out one after the other. Traps when two share a name.
  init(of views: [TensorView], metadata: [String: String]) {
    precondition(Set(views.map(\.name)).count == views.count, "two tensors share a name")
    precondition(!views.contains { $0.name == Self.metadataKey }, "no tensor may be called \(Self.metadataKey)")
    var offset = 0
    tensors = views.map { view in
      defer { offset += view.bytes.count }
      return Tensor(name: view.name, type: view.type, shape: view.shape, byteRange: offset..<offset + view.bytes.count)
    }
    self.metadata = metadata
  }

  /// Bytes of all tensors.
  public var dataBytes: Int { tensors.last?.byteRange.upperBound ?? 0 }

  /// The length and the JSON text, padded so that the tensors' bytes start at a multiple of 8.
  func encoded() -> [UInt8] {
    var members = tensors.map { tensor in
      let shape = tensor.shape.dimensions.map(String.init).joined(separator: ",")
      let offsets = "\(tensor.byteRange.lowerBound),\(tensor.byteRange.upperBound)"
      let type = tensor.type.safetensorsName
      return "\(quoted(tensor.name)):{\"dtype\":\"\(type)\",\"shape\":[\(shape)],\"data_offsets\":[\(offsets)]}"
    }
    if !metadata.isEmpty {
      let entries = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
      members.insert("\(quoted(Self.metadataKey)):{\(entries.joined(separator: ","))}", at: 0)
    }
    var json = Array("{\(members.joined(separator: ","))}".utf8)
    json.append(contentsOf: repeatElement(UInt8(ascii: " "), count: roundUp(json.count, to: 8) - json.count))
    let length = withUnsafeBytes(of: UInt64(json.count).littleEndian) { Array($0) }
    return length + json
  }
}

extension ElementType {
  /// The type's name in a safetensors header.
  var safetensorsName: String {
    switch self {
    case .u8: "U8"
    case .i64: "I64"
    case .bf16: "BF16"
    case .f32: "F32"
    case .f64: "F64"
    }
  }

  init?(safetensorsName name: String) {
    guard let type = Self.allCases.first(where: { $0.safetensorsName == name }) else { return nil }
    self = type
  }
}

/// The text as a JSON string.
private func quoted(_ text: String) -> String {
  var quoted = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": quoted += "\\\""
    case "\\": quoted += "\\\\"
    case "\0"..<" ":
      let digits = String(scalar.value, radix: 16)
      quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: quoted.unicodeScalars.append(scalar)
    }
  }
  return quoted + "\""
}
