/// The type in which values travel between ranks that do not share memory. Sums are f32 in either.
public enum WireType: String, Hashable, Sendable, CaseIterable, Codable {
  case f32
  /// Every partial sum that is sent is rounded, and all ranks end with sums that are bf16 numbers.
  case bf16

  /// Bytes of an element under way.
  public var bytes: Int { self == .f32 ? 4 : 2 }

  /// A sum differs from the exact one by at most this times the sum of the values' magnitudes, in whatever order it is added:
  /// N - 1 additions, each with a relative error of 2^-24, and on the bf16 wire at most N roundings, of 2^-8 with the
  /// additions between them. (Higham, "Accuracy and Stability of Numerical Algorithms", 2002, section 4.2; to first order,
  /// with room for the rest.)
  public func errorBound(ranks: Int) -> Double {
    let additions = Double(ranks - 1) * 0x1p-24
    return 1.01 * (self == .f32 ? additions : additions + Double(ranks) * 0x1p-8)
  }
}
