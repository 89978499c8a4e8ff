/// What a JPEG file's frame header says about how it was coded, as far as a decoder may not know it. Sources: ITU-T T.81,
/// table B.1 (the markers) and B.2.2 (the frame header).
enum JPEGProcess {
  /// What is out of the ordinary about a file that the library, with this message, has refused; completes "a JPEG". Nil where
  /// it is an ordinary one, which then is damaged.
  static func unusual(_ file: UnsafeRawBufferPointer, refusedWith message: String) -> String? {
    guard let frame = frame(file) else { return nil }
    let isArithmetic = frame.marker >= 0xC9
    switch frame.marker {
    case 0xC3, 0xCB: return "coded without loss (lossless JPEG)"
    case 0xC5...0xC7, 0xCD...0xCF: return "coded in a hierarchy of sizes"
    case _ where frame.precision != 8: return "of \(frame.precision) bits a channel"
    // The library can be built with and without; with it, what is wrong is something else.
    case _ where isArithmetic && message.contains("arithmetic"): return "with arithmetic coding"
    default: return nil
    }
  }

  private static func frame(_ file: UnsafeRawBufferPointer) -> (marker: UInt8, precision: UInt8)? {
    var place = 2
    // No camera writes so many segments; a file made to waste time may.
    for _ in 0..<1000 {
      guard place + 5 <= file.count, file[place] == 0xFF else { return nil }
      let marker = file[place + 1]
      switch marker {
      case 0xFF:
        place += 1
        continue
      // Tables, and an extension; the other markers of this row begin a frame.
      case 0xC4, 0xC8, 0xCC: break
      case 0xC0...0xCF: return (marker, file[place + 4])
      case 0xD8...0xDA: return nil
      default: break
      }
      place += 2 + Int(file[place + 2]) << 8 + Int(file[place + 3])
    }
    return nil
  }
}
