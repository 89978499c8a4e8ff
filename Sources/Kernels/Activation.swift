/// What follows an operation and is computed with it.
public enum Activation: Hashable, Sendable {
  case identity
  /// max(x, 0); NaN stays NaN.
  case relu
}
