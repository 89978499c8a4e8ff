import Kernels
import Tensors

/// Some neighbouring channels of a tile of feature maps `[C, H, W]` or vectors `[C]`, stored channels last.
struct ChannelRange {
  private let extraction, insertion: RowCopy
  private let team: ThreadTeam

  init(_ channels: Range<Int>, of shape: Shape, at site: Site) {
    team = site.engine.team
    let size = site.type.bytes
    let rows = site.tile * shape.elements / shape[0]
    let whole = (stride: shape[0] * size, offset: channels.lowerBound * size)
    let part = (stride: channels.count * size, offset: 0)
    extraction = RowCopy(rows: rows, bytes: part.stride, from: whole, to: part)
    insertion = RowCopy(rows: rows, bytes: part.stride, from: part, to: whole)
  }

  /// Copies the range out of the whole tensor.
  func extract(from whole: UnsafeRawPointer, to part: UnsafeMutableRawPointer) {
    extraction.run(from: whole, to: part, team: team)
  }

  /// Copies the range into the whole tensor, and leaves the other channels as they are.
  func insert(_ part: UnsafeRawPointer, into whole: UnsafeMutableRawPointer) {
    insertion.run(from: part, to: whole, team: team)
  }
}
