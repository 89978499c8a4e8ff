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

  func lies(in size: PixelSize) -> Bool {
    columns.lowerBound >= 0 && rows.lowerBound >= 0 && columns.upperBound <= size.width
      && rows.upperBound <= size.height && !columns.isEmpty && !rows.isEmpty
  }
}
