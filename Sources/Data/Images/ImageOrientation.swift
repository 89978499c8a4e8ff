/// How a stored image is turned to be seen upright: the eight values of EXIF's orientation tag (CIPA DC-008, 4.6.4).
enum ImageOrientation: UInt8, CaseIterable, Sendable {
  case upright = 1
  case mirrored, halfTurn, upsideDown
  /// Rows and columns change places.
  case transposed, quarterTurnRight, transversed, quarterTurnLeft

  private var swapsAxes: Bool { rawValue >= 5 }
  /// Whether the first column that is seen is stored at the right, or, where the axes are swapped, at the bottom.
  private var reversesColumns: Bool { [.mirrored, .halfTurn, .quarterTurnRight, .transversed].contains(self) }
  private var reversesRows: Bool { [.halfTurn, .upsideDown, .transversed, .quarterTurnLeft].contains(self) }

  /// The size in which an image stored with `size` is seen.
  func seen(_ size: PixelSize) -> PixelSize {
    swapsAxes ? PixelSize(width: size.height, height: size.width) : size
  }

  /// Where a region that is seen lies in an image stored with `size`.
  func stored(_ region: PixelRegion, of size: PixelSize) -> PixelRegion {
    let whole = seen(size)
    let columns = reversesColumns ? region.columns.reversed(in: whole.width) : region.columns
    let rows = reversesRows ? region.rows.reversed(in: whole.height) : region.rows
    return swapsAxes ? PixelRegion(columns: rows, rows: columns) : PixelRegion(columns: columns, rows: rows)
  }

  /// Turns an image, u8 `[height, width, 4]` with the stored `size`, upright.
  func turn(_ pixels: UnsafeRawBufferPointer, of size: PixelSize, into target: UnsafeMutableRawBufferPointer) {
    let source = pixels.bindMemory(to: UInt32.self)
    let target = target.bindMemory(to: UInt32.self)
    let whole = seen(size)
    precondition(source.count == size.pixels && target.count == size.pixels, "an image that is not \(size)")
    let columnStep = (swapsAxes ? size.width : 1) * (reversesColumns ? -1 : 1)
    let rowStep = (swapsAxes ? 1 : size.width) * (reversesRows ? -1 : 1)
    let start =
      (reversesColumns ? -columnStep * (whole.width - 1) : 0) + (reversesRows ? -rowStep * (whole.height - 1) : 0)
    for row in 0..<whole.height {
      for column in 0..<whole.width {
        target[row * whole.width + column] = source[start + row * rowStep + column * columnStep]
      }
    }
  }
}

extension Range<Int> {
  fileprivate func reversed(in length: Int) -> Range<Int> { length - upperBound..<length - lowerBound }
}
