import CVectorKernels

/// Copies a range of columns between two row-major matrices of equally many rows: channels of a feature map that is
/// stored channels last. Sizes are in bytes, so that it works for every element type. The matrices must not overlap.
public struct RowCopy: Hashable, Sendable {
  public var rows: Int
  public var bytes: Int
  /// Bytes of a whole row, and where in it the range begins.
  public var sourceStride, sourceOffset: Int
  public var destinationStride, destinationOffset: Int

  public init(
    rows: Int, bytes: Int, from source: (stride: Int, offset: Int), to destination: (stride: Int, offset: Int)
  ) {
    precondition(source.offset + bytes <= source.stride && destination.offset + bytes <= destination.stride)
    (self.rows, self.bytes) = (rows, bytes)
    (sourceStride, sourceOffset) = source
    (destinationStride, destinationOffset) = destination
  }

  public func run(from source: UnsafeRawPointer, to destination: UnsafeMutableRawPointer, team: ThreadTeam) {
    team.forEachRange(of: rows, atLeast: 4 * elementsWorthAThread / max(bytes, 1)) { range in
      cvk_copy_rows(
        source + range.lowerBound * sourceStride + sourceOffset, sourceStride,
        destination + range.lowerBound * destinationStride + destinationOffset, destinationStride, bytes, range.count)
    }
  }
}
