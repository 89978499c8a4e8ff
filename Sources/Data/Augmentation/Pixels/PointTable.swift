/// What becomes of each value of each channel, for operations that look at no other pixel.
struct PointTable {
  /// `[3, 256]`.
  private let values: [UInt8]

  /// The same for every channel.
  init(_ value: (Int) -> UInt8) {
    let channel = (0..<256).map(value)
    values = channel + channel + channel
  }

  /// - Parameter channels: what becomes of the values of each, 3 of 256.
  init(channels: [[UInt8]]) { values = channels.flatMap(\.self) }

  func apply(to image: PixelImage) {
    values.withUnsafeBufferPointer { values in
      for offset in stride(from: 0, to: image.count, by: 3) {
        for channel in 0..<3 {
          image.bytes[offset + channel] = values[channel &* 256 &+ Int(image.bytes[offset + channel])]
        }
      }
    }
  }
}

extension PointTable {
  /// Pillow's `Image.blend` with an image of one value, in f32 and cut off after the point.
  static func blend(with other: UInt8, factor: Float) -> PointTable {
    PointTable { value in
      let blended = Float(other) + factor * Float(value - Int(other))
      return UInt8(min(max(blended, 0), 255))
    }
  }

  static func posterize(bits: Int) -> PointTable { PointTable { UInt8($0 & ~(0xFF >> bits) & 0xFF) } }

  static func solarize(threshold: Double) -> PointTable {
    PointTable { UInt8(Double($0) < threshold ? $0 : 255 - $0) }
  }

  static let invert = PointTable { UInt8(255 - $0) }

  /// `ImageOps.autocontrast`: each channel is stretched to 0...255.
  static func autoContrast(_ histograms: [[Int]]) -> PointTable {
    PointTable(
      channels: histograms.map { histogram in
        guard let low = histogram.firstIndex(where: { $0 > 0 }), let high = histogram.lastIndex(where: { $0 > 0 }),
          low < high
        else { return (0...255).map { UInt8($0) } }
        let scale = 255 / Double(high - low)
        let offset = -Double(low) * scale
        return (0..<256).map { UInt8(min(max(Double($0) * scale + offset, 0), 255)) }
      })
  }

  /// `ImageOps.equalize`: in each channel every value becomes about as frequent.
  static func equalize(_ histograms: [[Int]]) -> PointTable {
    PointTable(
      channels: histograms.map { histogram in
        let step = (histogram.reduce(0, +) - (histogram.last { $0 > 0 } ?? 0)) / 255
        guard step > 0, histogram.count(where: { $0 > 0 }) > 1 else { return (0...255).map { UInt8($0) } }
        var sum = step / 2
        return histogram.map { count in
          defer { sum += count }
          return UInt8(min(sum / step, 255))
        }
      })
  }
}
