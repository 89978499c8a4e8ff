/// What a JPEG file says about itself in its frame header (ITU-T T.81, B.2.2), read without the library that wrote it.
struct SampleJPEGHeader: Equatable {
  var width: Int
  var height: Int
  var isProgressive: Bool
  /// Horizontal and vertical sampling factors, one pair a component.
  var sampling: [[Int]]

  /// Nil when the bytes are no JPEG file.
  init?(_ file: [UInt8]) {
    guard file.starts(with: [0xFF, 0xD8]), file.suffix(2) == [0xFF, 0xD9] else { return nil }
    var position = 2
    while position + 9 < file.count, file[position] == 0xFF {
      let marker = file[position + 1]
      let length = Int(file[position + 2]) << 8 | Int(file[position + 3])
      if marker == 0xC0 || marker == 0xC2 {
        height = Int(file[position + 5]) << 8 | Int(file[position + 6])
        width = Int(file[position + 7]) << 8 | Int(file[position + 8])
        isProgressive = marker == 0xC2
        sampling = (0..<Int(file[position + 9])).map { component in
          let factors = Int(file[position + 11 + 3 * component])
          return [factors >> 4, factors & 15]
        }
        return
      }
      position += 2 + length
    }
    return nil
  }
}
