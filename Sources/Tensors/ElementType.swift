/// How one element of a tensor is stored. Little endian everywhere.
public enum ElementType: String, Hashable, Sendable, CaseIterable {
  case u8, i64, bf16, f32, f64

  /// Bytes of one element.
  public var bytes: Int {
    switch self {
    case .u8: 1
    case .bf16: 2
    case .f32: 4
    case .i64, .f64: 8
    }
  }
}
