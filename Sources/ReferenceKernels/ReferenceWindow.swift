/// A sliding window along one axis, as PyTorch's pooling has it.
public struct ReferenceWindow: Hashable, Sendable {
  public var kernel, stride, padding, dilation: Int
  public var roundsUp: Bool

  public init(kernel: Int, stride: Int, padding: Int = 0, dilation: Int = 1, roundsUp: Bool = false) {
    (self.kernel, self.stride, self.padding) = (kernel, stride, padding)
    (self.dilation, self.roundsUp) = (dilation, roundsUp)
  }

  /// Windows that fit between the ends of the padding; rounded up, one more if the last of these leaves inputs over and
  /// it begins before the padding behind the image.
  public func outputExtent(_ input: Int) -> Int {
    let last = input + 2 * padding - dilation * (kernel - 1) - 1
    var count = 0
    while count * stride <= last { count += 1 }
    if roundsUp, (count - 1) * stride < last, count * stride < input + padding { count += 1 }
    return count
  }

  /// All that a window covers, also beyond the image: a position of -1 is padding.
  public func positions(_ output: Int) -> [Int] {
    (0..<kernel).map { output * stride - padding + $0 * dilation }
  }
}
