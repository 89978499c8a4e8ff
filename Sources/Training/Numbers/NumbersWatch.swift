import Network
import Optimizers
import Tensors

/// Looks at everything that a rank hands to the others in a step, before they have it, and remembers what is not finite first:
/// afterwards every rank's numbers are spoiled, and nobody can tell where it began.
final class NumbersWatch {
  /// What this rank has found in this step.
  private(set) var finding = NonFiniteFinding(rank: 0)
  private let rank: Int
  private var exchanges = 0

  init(rank: Int) {
    self.rank = rank
    begin()
  }

  func begin() {
    finding = NonFiniteFinding(rank: rank)
    exchanges = 0
  }

  /// An exchange of BatchNorm's statistics begins.
  func beginExchange() { exchanges += 1 }

  /// This rank's part of it.
  func look(atStatistics numbers: UnsafeMutableBufferPointer<Double>) {
    guard finding.statisticsExchange == nil else { return }
    // A sum of magnitudes is finite unless one of them is not, since statistics of f32 are far from the largest f64.
    var sum = 0.0
    for number in numbers { sum += number.magnitude }
    if !sum.isFinite { finding.statisticsExchange = exchanges }
  }

  func look(atLoss loss: Double) { finding.loss = loss }

  /// Gradients of this rank that are final and about to leave.
  func look(atGradients gradients: UnsafeMutableBufferPointer<Float>, _ elements: Range<Int>, in layout: ArenaLayout) {
    guard finding.parameter == nil,
      let index = indexOfFirstNonFinite(UnsafeBufferPointer(rebasing: gradients[elements]))
    else { return }
    (finding.parameter, finding.element) = layout.place(ofElement: elements.lowerBound + index)
  }

  /// The first of the sums that this rank looks at which is not finite.
  func note(sum element: Int?, in layout: ArenaLayout) {
    guard let element else { return }
    (finding.summedParameter, finding.summedElement) = layout.place(ofElement: element)
  }
}

extension ArenaLayout {
  /// The part that an element of an f32 arena belongs to, and its number there.
  fileprivate func place(ofElement element: Int) -> (name: String, element: Int) {
    let part = parts.last { $0.offset <= element * ElementType.f32.bytes } ?? parts[0]
    return (part.name, element - part.offset / ElementType.f32.bytes)
  }
}
