import Tensors

/// Random numbers for tests. A test takes its seed as an argument, so that a failure names it.
public struct TestRandom {
  public var source: KeyedRandom

  public init(seed: UInt64) {
    source = KeyedRandom(seed: seed, purpose: .testing)
  }

  /// Normal values that f32 holds exactly, so that a fast kernel and its Double twin start from the same numbers.
  public mutating func values(_ count: Int, mean: Double = 0, deviation: Double = 1) -> [Double] {
    (0..<count).map { _ in Double(Float(mean + deviation * source.normal())) }
  }

  public mutating func integer(in range: Range<Int>) -> Int {
    Int.random(in: range, using: &source)
  }

  public mutating func element<Element>(of elements: [Element]) -> Element {
    elements[integer(in: 0..<elements.count)]
  }
}
