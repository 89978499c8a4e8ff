import Tensors

extension SampleScene {
  /// The picture: `height` rows of `width` RGB pixels.
  ///
  /// Every edge is drawn from its distance function, blended over the width of a pixel, so no pixel is sampled twice.
  package func pixels() -> [UInt8] {
    let shorter = Float(min(width, height))
    let middle = SIMD2(Float(width), Float(height)) / 2
    let behind = strokes.filter { !$0.isInFront }
    let inFront = strokes.filter(\.isInFront)
    var random = random
    return [UInt8](unsafeUninitializedCapacity: 3 * width * height) { bytes, count in
      for row in 0..<height {
        for column in 0..<width {
          let p = (SIMD2(Float(column), Float(row)) + 0.5 - middle) / shorter
          var color = background.color(p)
          for stroke in behind { color = stroke.over(color, at: p, pixel: 1 / shorter) }
          color = object.over(color, at: p, pixel: 1 / shorter)
          for stroke in inFront { color = stroke.over(color, at: p, pixel: 1 / shorter) }
          color += noise * triangular(random.next())
          let levels = (color * 255).clamped(lowerBound: .zero, upperBound: SampleColor(repeating: 255))
          for channel in 0..<3 { bytes[count + channel] = UInt8(levels[channel].rounded()) }
          count += 3
        }
      }
    }
  }

  /// Three numbers in -1...1 that are likelier near 0: differences of uniform 16-bit parts of one random number, where
  /// a normal distribution would cost more than all the rest of the picture.
  private func triangular(_ bits: UInt64) -> SampleColor {
    let parts = SIMD4<Float>(SIMD4(bits, bits >> 16, bits >> 32, bits >> 48) & 0xFFFF) / 65535
    return SampleColor(parts.x - parts.y, parts.y - parts.z, parts.z - parts.w)
  }
}

extension SampleStroke {
  fileprivate func over(_ color: SampleColor, at p: SIMD2<Float>, pixel: Float) -> SampleColor {
    mix(color, self.color, coverage(distance(p), blur: pixel))
  }
}

extension SampleObject {
  fileprivate func over(_ color: SampleColor, at p: SIMD2<Float>, pixel: Float) -> SampleColor {
    let q = local(p)
    guard abs(q.x) < 1.5, abs(q.y) < 1.5 else { return color }
    let blur = pixel / radius
    let share = coverage(content.shape.distance(q), blur: blur)
    return share == 0 ? color : mix(color, self.color(local: q, blur: blur), share)
  }
}
