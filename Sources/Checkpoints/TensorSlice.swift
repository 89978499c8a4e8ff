import Tensors

/// Some neighbouring elements of a tensor, counted in row-major order; `elements` may be empty.
///
/// Written as a tensor of one dimension with the name `layer1.0.conv1.weight[1024..<4096]`.
public struct TensorSlice: Hashable, Sendable, CustomStringConvertible {
  public let name: String
  public let elements: Range<Int>

  public init(name: String, elements: Range<Int>) {
    self.name = name
    self.elements = elements
  }

  public var description: String { "\(name)[\(elements.lowerBound)..<\(elements.upperBound)]" }

  /// nil for what is not the name of a slice.
  init?(_ text: String) {
    guard let bracket = text.lastIndex(of: "["), text.hasSuffix("]") else { return nil }
    let bounds = text[bracket...].dropFirst().dropLast().split(separator: "..<", omittingEmptySubsequences: false)
    guard bounds.count == 2, let start = Int(bounds[0]), let end = Int(bounds[1]), 0 <= start, start <= end else {
      return nil
    }
    self.init(name: String(text[..<bracket]), elements: start..<end)
    // Reject every other spelling, such as zeros in front.
    if description != text { return nil }
  }
}

extension ArenaLayout {
  /// What lies between two elements of an arena whose parts are all of one type: the slice of each tensor that has
  /// some there, and where the slice's elements are, counted in the arena. Padding belongs to no slice.
  public func slices(of range: Range<Int>) -> [(slice: TensorSlice, elements: Range<Int>)] {
    parts.compactMap { part in
      precondition(part.type == parts[0].type, "an arena of several types is not counted in elements")
      let start = part.offset / part.type.bytes
      let elements = range.clamped(to: start..<start + part.shape.elements)
      if elements.isEmpty { return nil }
      return (
        TensorSlice(name: part.name, elements: elements.lowerBound - start..<elements.upperBound - start), elements
      )
    }
  }
}

extension TensorView {
  /// Views of the slices that a rank has: of the elements `range` of an arena with this layout, which lie one behind
  /// the other in `bytes`, padding included.
  public static func slices(
    of layout: ArenaLayout, _ range: Range<Int>, in bytes: UnsafeRawBufferPointer
  ) -> [TensorView] {
    guard let type = layout.parts.first?.type else { return [] }
    precondition(bytes.count == range.count * type.bytes, "\(bytes.count) bytes for \(range.count) elements of \(type)")
    return layout.slices(of: range).map { slice, elements in
      let start = (elements.lowerBound - range.lowerBound) * type.bytes
      return TensorView(
        name: slice.description, type: type, shape: [elements.count],
        bytes: UnsafeRawBufferPointer(rebasing: bytes[start..<start + elements.count * type.bytes]))
    }
  }
}
