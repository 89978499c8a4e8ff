/// How libjpeg-turbo is led to the pixels of a region, so that they are those of the whole image decoded.
///
/// Chroma is upsampled from a sample and its neighbours. The library takes the first and last column that it was told
/// to decode, and the first row after skipped ones, for the image's border; so a margin around the region is decoded
/// and thrown away. Columns begin at a multiple of the largest block group, rows are skipped by such groups; both are
/// entropy-decoded still, and that is all that happens to them. Rows below the region are not touched.
///
/// Where a file has several scans, or sampling factors other than 4:4:4, 4:2:2, 4:2:0, 4:4:0 or 4:1:1, everything above
/// and beside the region is decoded too: the library's shortcuts are not trusted there.
struct JPEGRegionPlan: Hashable {
  /// Columns that are decoded; nil for all.
  let columns: Range<Int>?
  let skippedRows: Int
  let discardedRows: Int
  let region: PixelRegion
  /// Whether the region ends with the image, so that the file is read to its end marker.
  let readsToEnd: Bool

  /// - Parameters:
  ///   - sampling: horizontal and vertical factor of each component.
  ///   - image: the size after scaling, in pixels, as `region` is.
  init(region: PixelRegion, image: PixelSize, sampling: [SIMD2<Int>], hasOneScan: Bool) {
    self.region = region
    readsToEnd = region.rows.upperBound == image.height
    let largest = sampling.reduce(SIMD2(1, 1)) { pointwiseMax($0, $1) }
    guard hasOneScan && Self.isTrusted(sampling) else {
      columns = nil
      skippedRows = 0
      discardedRows = region.rows.lowerBound
      return
    }
    let wanted =
      max(region.columns.lowerBound - largest.x, 0)..<min(region.columns.upperBound + largest.x, image.width)
    columns = wanted.count == image.width ? nil : wanted
    skippedRows = max(region.rows.lowerBound - 2 * largest.y, 0)
    discardedRows = region.rows.lowerBound - skippedRows
  }

  private static func isTrusted(_ sampling: [SIMD2<Int>]) -> Bool {
    guard let first = sampling.first else { return false }
    if sampling.count == 1 { return first == SIMD2(1, 1) }
    // The fourth component of CMYK and YCCK is sampled as the first.
    let expected = [first, SIMD2(1, 1), SIMD2(1, 1), first]
    let known = [SIMD2(1, 1), SIMD2(2, 1), SIMD2(2, 2), SIMD2(1, 2), SIMD2(4, 1)]
    return sampling.count >= 3 && sampling == Array(expected.prefix(sampling.count)) && known.contains(first)
  }
}
