/// Which samples of one step are mixed with each other, and how: the same at any world size.
///
/// The step's positions are paired one after the other, whatever ranks they fall to; with an odd number the last stays alone.
public struct StepMixing: Hashable, Sendable {
  public let mixing: Mixing
  public let epoch: Int
  /// Positions of the step, of all ranks.
  public let range: Range<Int>

  public init(_ mixing: Mixing, epoch: Int, range: Range<Int>) {
    (self.mixing, self.epoch, self.range) = (mixing, epoch, range)
  }

  /// The other position of the pair; nil for the one that stays alone.
  public func partner(of position: Int) -> Int? {
    precondition(range.contains(position), "position \(position) of a step of \(range)")
    let partner = range.lowerBound + ((position - range.lowerBound) ^ 1)
    return partner < range.upperBound ? partner : nil
  }

  /// `positions` and the partners of their ends: what a rank must prepare to train on `positions`.
  public func prepared(_ positions: Range<Int>) -> Range<Int> {
    guard let first = positions.first, let last = positions.last else { return positions }
    return min(first, partner(of: first) ?? first)..<max(last, partner(of: last) ?? last) + 1
  }

  /// What happens to the pair that `position` belongs to; nil for one that stays alone.
  public func mixture(at position: Int, imageSize: Int) -> Mixture? {
    partner(of: position).map { mixing.mixture(epoch: epoch, first: min(position, $0), imageSize: imageSize) }
  }
}
