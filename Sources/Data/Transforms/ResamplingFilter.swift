/// How the pixels around a place are weighed when an image is resized, as Pillow has it: stretched where the image shrinks, so
/// that nothing aliases.
public enum ResamplingFilter: String, CaseIterable, Sendable {
  /// A triangle.
  case bilinear
  /// Keys's cubic convolution with a = -0.5. It overshoots at edges: its results must be kept in range.
  case bicubic

  /// How far it reaches, in pixels of the output where the image shrinks.
  var support: Double {
    switch self {
    case .bilinear: 1
    case .bicubic: 2
    }
  }

  package func weight(_ distance: Double) -> Double {
    let x = abs(distance)
    switch self {
    case .bilinear: return max(1 - x, 0)
    case .bicubic:
      let a = -0.5
      if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
    }
  }
}
