/// Scratch memory of BatchNorm's sums: for each part of a tile two rows of `[C]` f64 sums and one of f32 pivots, on cache
/// lines of its own.
struct BatchNormScratch {
  private static let floatsOfCacheLine = 16
  private let start: UnsafeMutableRawPointer
  private let channels: Int

  /// Floats for this many parts, wherever the memory starts.
  static func elements(channels: Int, parts: Int) -> Int {
    floatsOfCacheLine + parts * stride(channels)
  }

  init(_ memory: UnsafeMutablePointer<Float>, channels: Int) {
    start = UnsafeMutableRawPointer(memory).alignedUp(toMultipleOf: 4 * BatchNormScratch.floatsOfCacheLine)
    self.channels = channels
  }

  /// Floats of one part.
  private static func stride(_ channels: Int) -> Int {
    (5 * channels + floatsOfCacheLine - 1) / floatsOfCacheLine * floatsOfCacheLine
  }

  private func part(_ index: Int) -> UnsafeMutableRawPointer {
    start + 4 * index * BatchNormScratch.stride(channels)
  }

  func sums(_ index: Int) -> (UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>) {
    let first = part(index).assumingMemoryBound(to: Double.self)
    return (first, first + channels)
  }

  func pivot(_ index: Int) -> UnsafeMutablePointer<Float> {
    (part(index) + 16 * channels).assumingMemoryBound(to: Float.self)
  }
}
