import JSON
import Tensors

extension SafetensorsHeader {
  /// Parses a header's JSON text and holds it against the bytes that follow it in the file.
  ///
  /// Throws `CheckpointError.broken` that names the tensor unless every type is known, every shape and type make the
  /// size of its byte range, and the ranges cover the `dataBytes` bytes once, without gap or overlap.
  init(decoding json: [UInt8], dataBytes: Int, path: String) throws {
    do {
      guard case .object(let members) = try JSONValue(parsing: json) else { throw Refusal("not a JSON object") }
      var metadata: [String: String] = [:]
      var tensors: [Tensor] = []
      for member in members {
        let (key, value) = (member.key, member.value)
        if key == Self.metadataKey {
          metadata = try Self.metadata(from: value)
        } else {
          do {
            tensors.append(try Tensor(named: key, from: value))
          } catch let refusal as Refusal {
            throw Refusal("tensor '\(key)': \(refusal.reason)")
          }
        }
      }
      tensors.sort {
        ($0.byteRange.lowerBound, $0.byteRange.upperBound) < ($1.byteRange.lowerBound, $1.byteRange.upperBound)
      }
      try Self.checkCoverage(tensors, dataBytes: dataBytes)
      self.init(tensors: tensors, metadata: metadata)
    } catch let error as JSONSyntaxError {
      throw CheckpointError.broken(path: path, reason: "safetensors header: \(error)")
    } catch let refusal as Refusal {
      throw CheckpointError.broken(path: path, reason: "safetensors header: \(refusal.reason)")
    }
  }

  private static func metadata(from value: JSONValue) throws -> [String: String] {
    guard case .object(let entries) = value else { throw Refusal("'\(metadataKey)': expected an object") }
    var metadata: [String: String] = [:]
    for entry in entries {
      guard case .string(let text) = entry.value else {
        throw Refusal("'\(metadataKey).\(entry.key)': expected a string, got \(entry.value.kind)")
      }
      metadata[entry.key] = text
    }
    return metadata
  }

  private static func checkCoverage(_ tensors: [Tensor], dataBytes: Int) throws {
    var end = 0
    for tensor in tensors {
      if tensor.byteRange.lowerBound != end {
        let fault = tensor.byteRange.lowerBound < end ? "overlaps the tensor before it" : "leaves a gap before it"
        throw Refusal("tensor '\(tensor.name)': \(fault): it starts at byte \(tensor.byteRange.lowerBound), not \(end)")
      }
      end = tensor.byteRange.upperBound
    }
    if end != dataBytes {
      throw Refusal("the tensors take \(end) bytes, but \(dataBytes) follow the header; the file was cut or grew")
    }
  }
}

extension SafetensorsHeader.Tensor {
  fileprivate init(named name: String, from value: JSONValue) throws {
    guard case .object(let members) = value else { throw Refusal("expected an object, got \(value.kind)") }
    if let unknown = members.first(where: { !["dtype", "shape", "data_offsets"].contains($0.key) }) {
      throw Refusal("unknown key '\(unknown.key)'")
    }
    guard case .string(let typeName)? = value["dtype"] else { throw Refusal("no string 'dtype'") }
    guard let type = ElementType(safetensorsName: typeName) else {
      let known = ElementType.allCases.map(\.safetensorsName).joined(separator: ", ")
      throw Refusal("dtype '\(typeName)'; expected one of \(known)")
    }
    let dimensions = try Self.counts(value["shape"], "shape")
    let offsets = try Self.counts(value["data_offsets"], "data_offsets")
    guard offsets.count == 2, offsets[0] <= offsets[1] else {
      throw Refusal("'data_offsets': expected a start and an end, got \(offsets)")
    }
    guard let bytes = Self.product(dimensions + [type.bytes]) else { throw Refusal("shape \(dimensions) is too large") }
    guard bytes == offsets[1] - offsets[0] else {
      throw Refusal(
        "\(typeName) \(Shape(dimensions)) takes \(bytes) bytes, but the offsets span \(offsets[1] - offsets[0])")
    }
    self.init(name: name, type: type, shape: Shape(dimensions), byteRange: offsets[0]..<offsets[1])
  }

  private static func counts(_ value: JSONValue?, _ key: String) throws -> [Int] {
    guard case .array(let elements)? = value else { throw Refusal("no array '\(key)'") }
    return try elements.map { element in
      guard case .integer(let count) = element, count >= 0 else {
        throw Refusal("'\(key)': expected whole numbers of at least 0, got \(element.line)")
      }
      return count
    }
  }

  /// nil when it does not fit. A zero extent makes no element however large the others are, but the others must fit.
  private static func product(_ factors: [Int]) -> Int? {
    var fits = true
    func multiplied(_ factors: [Int]) -> Int {
      factors.reduce(1) { product, factor in
        let (result, overflow) = product.multipliedReportingOverflow(by: factor)
        if overflow { fits = false }
        return result
      }
    }
    _ = multiplied(factors.filter { $0 != 0 })
    let product = multiplied(factors)
    return fits ? product : nil
  }
}

/// Why a header is refused, before the path is known.
private struct Refusal: Error {
  let reason: String

  init(_ reason: String) { self.reason = reason }
}
