extension ImageOrientation {
  /// What the EXIF data of a JPEG file says, or upright. Everything in the file is untrusted: a segment or an offset that
  /// leads out of it ends the search, as pixels do.
  ///
  /// Sources: ITU-T T.81, B.1.1 (markers); CIPA DC-008, 4.5 (APP1) and TIFF 6.0, section 2 (the fields).
  init(ofJPEG file: UnsafeRawBufferPointer) {
    self = .upright
    var place = 2
    // No camera writes so many segments; a file made to waste time may.
    for _ in 0..<1000 {
      guard let marker = file.number(at: place, bytes: 2, littleEndian: false), marker >> 8 == 0xFF else { return }
      if marker == 0xFFFF {
        place += 1
        continue
      }
      let isScan = marker == 0xFFDA || marker == 0xFFD9
      guard !isScan, let length = file.number(at: place + 2, bytes: 2, littleEndian: false), length >= 2,
        place + 2 + length <= file.count
      else { return }
      let segment = UnsafeRawBufferPointer(rebasing: file[(place + 4)..<(place + 2 + length)])
      if marker == 0xFFE1 && segment.starts(with: Array("Exif\0\0".utf8)) {
        self.init(ofTIFF: UnsafeRawBufferPointer(rebasing: segment[6...]))
        return
      }
      place += 2 + length
    }
  }

  private init(ofTIFF tiff: UnsafeRawBufferPointer) {
    self = .upright
    let isLittle = tiff.starts(with: Array("II".utf8))
    guard isLittle || tiff.starts(with: Array("MM".utf8)) else { return }
    func number(at place: Int, bytes: Int) -> Int? { tiff.number(at: place, bytes: bytes, littleEndian: isLittle) }
    guard number(at: 2, bytes: 2) == 42, let directory = number(at: 4, bytes: 4),
      let fields = number(at: directory, bytes: 2)
    else { return }
    for field in 0..<fields {
      let place = directory + 2 + 12 * field
      guard let tag = number(at: place, bytes: 2) else { return }
      guard tag == 0x0112 else { continue }
      // One SHORT.
      guard number(at: place + 2, bytes: 2) == 3, number(at: place + 4, bytes: 4) == 1,
        let value = number(at: place + 8, bytes: 2), let byte = UInt8(exactly: value)
      else { return }
      self = ImageOrientation(rawValue: byte) ?? .upright
      return
    }
  }
}

extension UnsafeRawBufferPointer {
  /// An unsigned number of at most 4 bytes, or nil where the buffer does not hold it.
  fileprivate func number(at place: Int, bytes length: Int, littleEndian: Bool) -> Int? {
    guard place >= 0, place <= count - length else { return nil }
    var value = 0
    for offset in 0..<length {
      let byte = Int(self[place + (littleEndian ? length - 1 - offset : offset)])
      value = value << 8 | byte
    }
    return value
  }
}
