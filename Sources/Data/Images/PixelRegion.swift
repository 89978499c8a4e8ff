/// A part of an image: columns and rows, counted in pixels from the top left corner.
public struct PixelRegion: Hashable, Sendable {
  public let columns: Range<Int>
  public let rows: Range<Int>

  public init(columns: Range<Int>, rows: Range<Int>) {
    self.columns = columns
    self.rows = rows
  }

  /// All of an image.
  public init(_ size: PixelSize) {
    self.init(columns: 0..<size.width, rows: 0..<size.height)
  }

  public var size: PixelSize { PixelSize(width: columns.count, height: rows.count) }

  /// The smallest region that holds both.
  func union(_ other: PixelRegion) -> PixelRegion {
    func union(_ a: Range<Int>, _ b: Range<Int>) -> Range<Int> {
      min(a.lowerBound, b.lowerBound)..<max(a.upperBound, b.upperBound)
    }
    return PixelRegion(columns: union(columns, other.columns), rows: union(rows, other.rows))
  }

  func lies(in size: PixelSize) -> Bool {
    columns.lowerBound >= 0 && rows.lowerBound >= 0 && columns.upperBound <= size.width
      && rows.upperBound <= size.height && !columns.isEmpty && !rows.isEmpty
  }
}
