import CTurboJPEG
import Data

/// A JPEG decoded whole by the TurboJPEG API with its defaults: what every other way of decoding must equal.
struct TurboJPEGImage {
  let size: PixelSize
  /// u8 `[height, width, 3]`, or `[height, width, 4]` of inks as stored.
  let samples: [UInt8]
  let channels: Int

  struct Refusal: Error { let reason: String }

  /// - Parameter denominator: 1, 2, 4 or 8, by which the image is shrunk while it is decoded.
  init(_ file: [UInt8], denominator: Int = 1) throws {
    let handle = tjInitDecompress()
    defer { tjDestroy(handle) }
    func refusal() -> Refusal { Refusal(reason: String(cString: tjGetErrorStr2(handle))) }
    var (width, height, subsampling, colours): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
    // Unusual sampling factors have no name, and are decoded all the same.
    _ = tjDecompressHeader3(handle, file, UInt(file.count), &width, &height, &subsampling, &colours)
    guard width > 0 && height > 0 else { throw refusal() }
    let size = PixelSize(width: Int(width), height: Int(height)).shrunk(by: denominator)
    let isCMYK = colours == Int32(TJCS_CMYK.rawValue) || colours == Int32(TJCS_YCCK.rawValue)
    let channels = isCMYK ? 4 : 3
    var samples = [UInt8](repeating: 0, count: size.pixels * channels)
    let format = isCMYK ? TJPF_CMYK : TJPF_RGB
    let status = tjDecompress2(
      handle, file, UInt(file.count), &samples, Int32(size.width), 0, Int32(size.height), Int32(format.rawValue), 0)
    guard status == 0 else { throw refusal() }
    self.size = size
    self.samples = samples
    self.channels = channels
  }

  /// Red, green and blue of every pixel; the formula of `convertInvertedCMYKToRGB`, with divisions.
  var pixels: [UInt8] {
    if channels == 3 { return samples }
    return (0..<size.pixels).flatMap { pixel in
      let light = Int(samples[4 * pixel + 3])
      return (0..<3).map { channel in
        let product = (255 - Int(samples[4 * pixel + channel])) * light
        return UInt8(light - (2 * product + 255) / 510)
      }
    }
  }

  /// The pixels of a part, u8 `[height, width, 3]`.
  static func part(_ region: PixelRegion, of pixels: [UInt8], _ size: PixelSize) -> [UInt8] {
    region.rows.flatMap { row in
      pixels[(row * size.width + region.columns.lowerBound) * 3..<(row * size.width + region.columns.upperBound) * 3]
    }
  }
}
