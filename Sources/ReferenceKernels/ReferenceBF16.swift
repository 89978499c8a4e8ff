/// bf16 by its definition: f32's sign and exponent with 7 bits of fraction, so that neighbours lie 2^(e - 7) apart for
/// values in 2^e ..< 2^(e + 1), and 2^-133 below 2^-126.
public enum ReferenceBF16 {
  /// The nearest value that bf16 holds, ties to even; infinity from halfway beyond the largest, 2^128 - 2^120.
  public static func rounded(_ value: Double) -> Double {
    guard value.isFinite, value != 0 else { return value }
    let unit = Double(sign: .plus, exponent: max(Int(value.exponent), -126) - 7, significand: 1)
    let result = (value / unit).rounded(.toNearestOrEven) * unit
    return abs(result) < 0x1p128 ? result : value < 0 ? -.infinity : .infinity
  }

  /// The value of 16 bits.
  public static func value(_ bits: UInt16) -> Double {
    Double(Float(bitPattern: UInt32(bits) << 16))
  }
}
