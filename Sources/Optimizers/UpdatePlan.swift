/// Which elements of the parameters a rank updates, and where it keeps the optimizer's state of them.
public struct UpdatePlan: Hashable, Sendable {
  /// A run of elements that are updated together.
  public struct Piece: Hashable, Sendable {
    /// Of the parameter arena.
    public let elements: Range<Int>
    /// Of the state: as many.
    public let state: Range<Int>
    /// What to update alike, counted from the piece's first element.
    public let ranges: [UpdateRange]
  }

  public let pieces: [Piece]
  /// In all pieces together.
  public var stateElements: Int { pieces.last?.state.upperBound ?? 0 }

  /// - Parameters:
  ///   - ranges: of the whole arena, ascending.
  ///   - owned: the elements of each piece; no two overlap.
  public init(_ ranges: [UpdateRange], owned: [Range<Int>]) {
    var end = 0
    pieces = owned.map { elements in
      defer { end += elements.count }
      return Piece(
        elements: elements, state: end..<end + elements.count,
        ranges: ranges.compactMap { range in
          let part = range.elements.clamped(to: elements)
          guard !part.isEmpty else { return nil }
          let start = part.lowerBound - elements.lowerBound
          return UpdateRange(elements: start..<start + part.count, decays: range.decays)
        })
    }
  }
}
