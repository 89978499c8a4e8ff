import Tensors

/// Which bit of the parameters' arena a fault strikes, or of another arena of their layout. What is not given is drawn.
package struct FaultPlace: Hashable, Sendable {
  package var parameter: String?
  /// Of the parameter, in the order of its memory.
  package var element: Int?
  /// 0: the lowest of the mantissa; 23 to 30: the exponent; 31: the sign.
  package var bit: Int?

  package init() {}

  /// Of `parameter/element/bit`, the last ones left out or not. Nil where it is none.
  init?(_ text: Substring, hasBit: Bool) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= (hasBit ? 3 : 2), !parts[0].isEmpty else { return nil }
    parameter = String(parts[0])
    if parts.count > 1 {
      guard let number = Int(parts[1]), number >= 0 else { return nil }
      element = number
    }
    if parts.count > 2 {
      guard let number = Int(parts[2]), (0..<32).contains(number) else { return nil }
      bit = number
    }
  }

  /// An element of an arena, and a bit of it.
  package struct Resolved: Hashable, Sendable {
    package let parameter: String
    /// Of the arena.
    package let element: Int
    package let elementOfParameter: Int
    package let bit: Int
  }

  /// Draws what is not given, each element of the parameters as likely as any other. Throws `RunError` where the layout
  /// has no such parameter or element.
  package func resolved(in layout: ArenaLayout, _ random: inout KeyedRandom) throws -> Resolved {
    let part: ArenaPart
    if let parameter {
      guard let named = layout.part(named: parameter) else {
        let names = layout.parts.map(\.name).joined(separator: ", ")
        throw RunError(.usage, "the network has no parameter \(parameter). It has \(names)")
      }
      part = named
    } else {
      var place = Int.random(in: 0..<layout.parts.reduce(0) { $0 + $1.shape.elements }, using: &random)
      part =
        layout.parts.first {
          place -= $0.shape.elements
          return place < 0
        } ?? layout.parts[0]
    }
    let element = element ?? Int.random(in: 0..<part.shape.elements, using: &random)
    guard element < part.shape.elements else {
      throw RunError(.usage, "\(part.name) has \(part.shape.elements) elements; expected one of them, got \(element)")
    }
    return Resolved(
      parameter: part.name, element: part.offset / ElementType.f32.bytes + element, elementOfParameter: element,
      bit: bit ?? Int.random(in: 0..<32, using: &random))
  }
}
