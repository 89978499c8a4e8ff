extension PixelImage {
  /// The image moved: Pillow's `Image.transform` with an affine matrix.
  func move(_ map: AffineMap, _ sampling: AffineSampling, into output: PixelImage) {
    switch sampling.interpolation {
    case .nearest: moveNearest(map, fill: sampling.fill, into: output)
    case .bilinear: moveBilinear(map, fill: sampling.fill, into: output)
    }
  }

  /// Positions are multiples of 2^-16, as Pillow has them for images of less than 32,768 pixels a side.
  private func moveNearest(_ map: AffineMap, fill: SIMD3<UInt8>, into output: PixelImage) {
    func fixed(_ value: Double) -> Int { Int((value * 65536 + 0.5).rounded(.down)) }
    let (a, b, d, e) = (fixed(map.a), fixed(map.b), fixed(map.d), fixed(map.e))
    let c = fixed(map.c + map.a * 0.5 + map.b * 0.5)
    let f = fixed(map.f + map.d * 0.5 + map.e * 0.5)
    for row in 0..<size.height {
      var (x, y) = (c &+ row &* b, f &+ row &* e)
      var target = output.bytes + row * size.width * 3
      for _ in 0..<size.width {
        let (column, line) = (x >> 16, y >> 16)
        if column >= 0, column < size.width, line >= 0, line < size.height {
          let source = bytes + (line &* size.width &+ column) &* 3
          (target[0], target[1], target[2]) = (source[0], source[1], source[2])
        } else {
          (target[0], target[1], target[2]) = (fill[0], fill[1], fill[2])
        }
        target += 3
        x &+= a
        y &+= d
      }
    }
  }

  private func moveBilinear(_ map: AffineMap, fill: SIMD3<UInt8>, into output: PixelImage) {
    var target = output.bytes
    for row in 0..<size.height {
      for column in 0..<size.width {
        let (x, y) = (Double(column) + 0.5, Double(row) + 0.5)
        let pixel = between(map.a * x + map.b * y + map.c, map.d * x + map.e * y + map.f) ?? fill
        (target[0], target[1], target[2]) = (pixel[0], pixel[1], pixel[2])
        target += 3
      }
    }
  }

  /// The pixel around a point, weighed from its four neighbours; nil outside of the image.
  private func between(_ x: Double, _ y: Double) -> SIMD3<UInt8>? {
    guard x >= 0, x < Double(size.width), y >= 0, y < Double(size.height) else { return nil }
    let (left, top) = ((x - 0.5).rounded(.down), (y - 0.5).rounded(.down))
    let (right, below) = (x - 0.5 - left, y - 0.5 - top)
    let columns = (max(Int(left), 0), min(Int(left) + 1, size.width - 1))
    let rows = (max(Int(top), 0), min(Int(top) + 1, size.height - 1))
    var pixel = SIMD3<UInt8>()
    for channel in 0..<3 {
      func value(_ column: Int, _ row: Int) -> Double { Double(bytes[(row * size.width + column) * 3 + channel]) }
      func across(_ row: Int) -> Double {
        let first = value(columns.0, row)
        return first + (value(columns.1, row) - first) * right
      }
      let first = across(rows.0)
      pixel[channel] = UInt8(first + (across(rows.1) - first) * below)
    }
    return pixel
  }
}
