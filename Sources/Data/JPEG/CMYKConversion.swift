/// Converts CMYK as Adobe writes it into JPEG, inverted (255 is no ink), to RGB: each colour is the paper's white less
/// black, less the ink's share of that. libjpeg leaves this conversion to its user; the formula and its rounding are
/// Pillow's (`cmyk2rgb` in libImaging/Convert.c, which takes every CMYK JPEG to be inverted), so that both see the
/// same.
///
/// `inks` is u8 `[pixels, 4]`, `pixels` is u8 `[pixels, 3]`.
func convertInvertedCMYK(_ inks: UnsafeRawBufferPointer, toRGB pixels: UnsafeMutableRawBufferPointer) {
  precondition(inks.count / 4 * 3 == pixels.count, "\(inks.count) bytes of CMYK, \(pixels.count) of RGB")
  for pixel in 0..<inks.count / 4 {
    let light = UInt32(inks[4 * pixel + 3])
    for channel in 0..<3 {
      let ink = 255 - UInt32(inks[4 * pixel + channel])
      let product = ink * light + 128
      pixels[3 * pixel + channel] = UInt8(light - (product >> 8 + product) >> 8)
    }
  }
}
