/// Pixels that somebody else owns, u8 `[height, width, 3]`, red first.
struct PixelImage {
  let bytes: UnsafeMutablePointer<UInt8>
  let size: PixelSize

  var count: Int { size.pixels * 3 }

  /// Pillow's gray of a pixel, ITU-R 601-2 in 16 bits.
  static func gray(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> UInt8 {
    UInt8(truncatingIfNeeded: (UInt32(red) &* 19595 &+ UInt32(green) &* 38470 &+ UInt32(blue) &* 7471 &+ 0x8000) >> 16)
  }

  /// The mean of the pixels' gray, rounded.
  var meanGray: UInt8 {
    var sum = 0
    for offset in stride(from: 0, to: count, by: 3) {
      sum &+= Int(Self.gray(bytes[offset], bytes[offset + 1], bytes[offset + 2]))
    }
    return UInt8(Double(sum) / Double(size.pixels) + 0.5)
  }

  /// How many pixels have each value, for each channel.
  var histograms: [[Int]] {
    var histograms = [[Int]](repeating: [Int](repeating: 0, count: 256), count: 3)
    for channel in 0..<3 {
      histograms[channel].withUnsafeMutableBufferPointer { histogram in
        for offset in stride(from: channel, to: count, by: 3) { histogram[Int(bytes[offset])] &+= 1 }
      }
    }
    return histograms
  }
}
