/// The values that a numeric field may take.
struct AllowedRange<Bound: Comparable & Sendable & CustomStringConvertible>: Sendable {
  private let lower: Bound
  private let includesLower: Bool
  private let upper: Bound?
  private let includesUpper: Bool

  static func atLeast(_ lower: Bound) -> Self {
    Self(lower: lower, includesLower: true, upper: nil, includesUpper: false)
  }

  static func above(_ lower: Bound) -> Self {
    Self(lower: lower, includesLower: false, upper: nil, includesUpper: false)
  }

  static func above(_ lower: Bound, to upper: Bound) -> Self {
    Self(lower: lower, includesLower: false, upper: upper, includesUpper: true)
  }

  static func from(_ lower: Bound, to upper: Bound) -> Self {
    Self(lower: lower, includesLower: true, upper: upper, includesUpper: true)
  }

  static func from(_ lower: Bound, below upper: Bound) -> Self {
    Self(lower: lower, includesLower: true, upper: upper, includesUpper: false)
  }

  func contains(_ value: Bound) -> Bool {
    guard includesLower ? value >= lower : value > lower else { return false }
    guard let upper else { return true }
    return includesUpper ? value <= upper : value < upper
  }

  /// A value inside, near the lower end.
  func someValue(after next: (Bound) -> Bound) -> Bound { includesLower ? lower : upper ?? next(lower) }

  /// `at least 1`, `above 0 and at most 1`.
  var text: String {
    let least = "\(includesLower ? "at least" : "above") \(plain(lower))"
    guard let upper else { return least }
    return "\(least) and \(includesUpper ? "at most" : "below") \(plain(upper))"
  }
}

/// A number as a person writes it: `1`, not `1.0`.
func plain(_ value: some CustomStringConvertible) -> String {
  let text = value.description
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}
