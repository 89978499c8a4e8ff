import Tensors

/// An open safetensors file whose header has been held against the file's size. Tensors are read one by one, straight
/// into the caller's memory.
public struct SafetensorsFile: ~Copyable {
  public let path: String
  public let header: SafetensorsHeader
  private let file: OpenFile
  private let files: any FileOperations
  private let dataStart: Int

  /// Throws `CheckpointError`. No more memory is taken than the header's bytes, which the file is known to have.
  public init(opening path: String, files: any FileOperations = SystemFiles()) throws {
    let file = try files.open(path)
    do {
      (header, dataStart) = try Self.readHeader(of: file, files: files)
    } catch {
      try? files.close(file)
      throw error
    }
    self.path = path
    self.file = file
    self.files = files
  }

  // Nothing was written, so closing cannot lose anything.
  deinit { try? files.close(file) }

  /// Reads one tensor. Traps when it is not of this file's header or the memory has another size.
  public func read(_ tensor: SafetensorsHeader.Tensor, into bytes: UnsafeMutableRawBufferPointer) throws {
    precondition(bytes.count == tensor.byteRange.count, "\(bytes.count) bytes for tensor \(tensor)")
    try files.readAll(file, at: dataStart + tensor.byteRange.lowerBound, into: bytes)
  }

  /// The header and where it ends.
  private static func readHeader(
    of file: OpenFile, files: any FileOperations
  ) throws -> (SafetensorsHeader, dataStart: Int) {
    let bytes = try files.size(of: file)
    let headerBytes = try headerBytes(of: file, bytes, files: files)
    var json = [UInt8](repeating: 0, count: headerBytes)
    try json.withUnsafeMutableBytes { try files.readAll(file, at: SafetensorsHeader.lengthBytes, into: $0) }
    let dataStart = SafetensorsHeader.lengthBytes + headerBytes
    return (try SafetensorsHeader(decoding: json, dataBytes: bytes - dataStart, path: file.path), dataStart)
  }

  private static func headerBytes(of file: OpenFile, _ bytes: Int, files: any FileOperations) throws -> Int {
    guard bytes >= SafetensorsHeader.lengthBytes else {
      throw CheckpointError.broken(path: file.path, reason: "\(bytes) bytes are too few for a safetensors file")
    }
    var length: UInt64 = 0
    try withUnsafeMutableBytes(of: &length) { try files.readAll(file, at: 0, into: $0) }
    length = UInt64(littleEndian: length)
    let limit = min(bytes - SafetensorsHeader.lengthBytes, SafetensorsHeader.maximumBytes)
    guard length <= UInt64(limit) else {
      throw CheckpointError.broken(
        path: file.path,
        reason:
          "a safetensors header of \(length) bytes; expected at most \(limit). The file was cut or is of another kind")
    }
    return Int(length)
  }
}
