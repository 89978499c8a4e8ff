import CZlib

/// Unpacks gzip files (RFC 1952) with zlib, never more than the caller has room for.
enum Gunzip {
  private static let pieceBytes = 1 << 18

  static func isPacked(_ file: DataFile) throws(DataError) -> Bool {
    if file.size < 2 { return false }
    return try file.bytes(at: 0, count: 2) == [0x1F, 0x8B]
  }

  /// The first `count` bytes of what `file` holds.
  ///
  /// - Parameter whole: whether it must hold no more than these, with a correct checksum and nothing behind.
  static func unpack(_ file: DataFile, count: Int, whole: Bool) throws(DataError) -> [UInt8] {
    var stream = z_stream()
    // 31: the largest window, and a gzip header.
    let started = inflateInit2_(&stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard started == Z_OK else { throw fault(file, 0, expected: "zlib \(ZLIB_VERSION)", got: "code \(started)") }
    defer { inflateEnd(&stream) }
    // One byte more than wanted tells whether there are more.
    var unpacked = [UInt8](repeating: 0, count: count + 1)
    var filled = 0
    var position = 0
    var code = Z_OK
    while code == Z_OK, filled < (whole ? count + 1 : count), position < file.size {
      var piece = try file.bytes(at: position, count: min(pieceBytes, file.size - position))
      let step = inflatePiece(&stream, &piece, &unpacked, from: filled)
      code = step.code
      filled += step.written
      position += step.read
      // zlib says so where it can do nothing, which is no error.
      if code == Z_BUF_ERROR && step.read + step.written > 0 { code = Z_OK }
    }
    guard code == Z_OK || code == Z_STREAM_END else {
      throw fault(file, position, expected: "gzip data", got: stream.msg.map { String(cString: $0) } ?? "code \(code)")
    }
    let isComplete = whole ? filled == count && code == Z_STREAM_END && position == file.size : filled >= count
    guard isComplete else {
      let got =
        filled > count ? "more" : filled < count ? "\(filled)" : "no correct end, or data behind it"
      throw fault(file, nil, expected: "\(count) bytes when unpacked", got: got)
    }
    unpacked.removeLast(unpacked.count - count)
    return unpacked
  }

  private static func inflatePiece(
    _ stream: inout z_stream, _ piece: inout [UInt8], _ target: inout [UInt8], from filled: Int
  ) -> (code: Int32, read: Int, written: Int) {
    piece.withUnsafeMutableBufferPointer { input in
      target.withUnsafeMutableBufferPointer { output in
        let room = min(output.count - filled, Int(UInt32.max))
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        stream.next_out = output.baseAddress.map { $0 + filled }
        stream.avail_out = UInt32(room)
        let code = inflate(&stream, Z_NO_FLUSH)
        return (code, input.count - Int(stream.avail_in), room - Int(stream.avail_out))
      }
    }
  }

  private static func fault(_ file: DataFile, _ offset: Int?, expected: String, got: String) -> DataError {
    .badFile(FileFault(file.path, offset: offset, expected: expected, got: got, advice: FileFault.copyAgain))
  }
}
