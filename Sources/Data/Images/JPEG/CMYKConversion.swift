/// Converts CMYK as Adobe writes it into JPEG, inverted (255 is no ink), to RGB: each colour is the paper's white less
/// black, less the ink's share of that. libjpeg leaves this conversion to its user; the formula and its rounding are
/// Pillow's (`cmyk2rgb` in libImaging/Convert.c, which takes every CMYK JPEG to be inverted), so that both see the
/// same.
///
/// `pixels` is u8 `[pixels, 4]`: four inks, replaced by red, green, blue; the fourth byte stays.
func convertInvertedCMYKToRGB(_ pixels: UnsafeMutableRawBufferPointer) {
  for start in stride(from: 0, to: pixels.count - 3, by: 4) {
    let light = UInt32(pixels[start + 3])
    for channel in start..<start + 3 {
      let product = (255 - UInt32(pixels[channel])) * light + 128
      pixels[channel] = UInt8(light - (product >> 8 + product) >> 8)
    }
  }
}
