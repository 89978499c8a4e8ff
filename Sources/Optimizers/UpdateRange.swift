import Tensors

/// A run of elements of the parameter arena that are updated alike.
public struct UpdateRange: Hashable, Sendable {
  public let elements: Range<Int>
  /// Whether weight decay applies.
  public let decays: Bool

  public init(elements: Range<Int>, decays: Bool) {
    self.elements = elements
    self.decays = decays
  }

  /// The ranges that cover a whole arena, neighbours that are treated alike merged, padding included (it is zero and
  /// an update leaves it zero). Traps when a part is not f32.
  public static func covering(
    _ layout: ArenaLayout, decays: (ArenaPart) -> Bool = UpdateRange.decaysByDefault
  ) -> [UpdateRange] {
    var ranges: [UpdateRange] = []
    for (index, part) in layout.parts.enumerated() {
      precondition(part.type == .f32, "\(part.name) is \(part.type); only f32 parameters can be updated")
      let end = index + 1 < layout.parts.count ? layout.parts[index + 1].offset : layout.bytes
      let elements = part.offset / ElementType.f32.bytes..<end / ElementType.f32.bytes
      let decays = decays(part)
      if let last = ranges.last, last.decays == decays {
        ranges[ranges.count - 1] = UpdateRange(elements: last.elements.lowerBound..<elements.upperBound, decays: decays)
      } else {
        ranges.append(UpdateRange(elements: elements, decays: decays))
      }
    }
    return ranges
  }

  /// Weights of convolutions and matrices decay; vectors, which are the scales and shifts of norms and the biases, do
  /// not (Goyal et al. 2017, section 5.1; He et al. 2019, "Bag of Tricks", section 3.1).
  public static func decaysByDefault(_ part: ArenaPart) -> Bool { part.shape.rank > 1 }
}
