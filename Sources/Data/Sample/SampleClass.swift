/// What a picture shows: a shape filled with a texture.
public struct SampleClass: Hashable, Sendable {
  package let shape: SampleShape
  package let texture: SampleTexture

  /// Such as `striped_ring`.
  public var name: String { "\(texture.rawValue)_\(shape.rawValue)" }

  /// Every class, in the order in which a set takes them.
  ///
  /// Neighbours share a shape and differ in texture, and each texture comes with several shapes: also in a set of a few
  /// classes, neither the shape nor the texture alone tells the class. Shapes that are hard to tell apart, such as star
  /// and cross, share a texture late.
  public static let all: [SampleClass] = [0, 2].flatMap { turn in
    SampleShape.allCases.indices.flatMap { shape in
      [turn, turn + 1].map { next in
        let texture = (shape + next) % SampleTexture.allCases.count
        return SampleClass(shape: SampleShape.allCases[shape], texture: SampleTexture.allCases[texture])
      }
    }
  }
}
