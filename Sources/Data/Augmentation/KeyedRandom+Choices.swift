import Tensors

extension KeyedRandom {
  /// Uniform between two bounds that may be equal.
  mutating func uniform(between low: Double, and high: Double) -> Double {
    low + uniform() * (high - low)
  }

  /// Uniform in `0..<bound`, by the high half of a product; the bias is below bound / 2^64. `Int.random` is not used
  /// because its algorithm is not promised to stay.
  mutating func below(_ bound: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// Fisher and Yates, from the end. `Array.shuffle` is not used for the same reason.
  mutating func shuffle<Element>(_ elements: inout [Element]) {
    for last in elements.indices.dropFirst().reversed() { elements.swapAt(last, below(last + 1)) }
  }
}
