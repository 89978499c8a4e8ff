import CVectorKernels
import Tensors

/// What becomes of an element under dropout: with this probability it is replaced by `dropped`, else it is carried to
/// `scale` x + `shift`.
public struct DropoutRule: Hashable, Sendable {
  /// Of being dropped, in 0...1.
  public var probability: Double
  public var scale: Float
  public var shift: Float = 0
  public var dropped: Float = 0

  public init(probability: Double, scale: Float, shift: Float = 0, dropped: Float = 0) {
    precondition((0...1).contains(probability), "a probability of \(probability)")
    (self.probability, self.scale, self.shift, self.dropped) = (probability, scale, shift, dropped)
  }

  /// On `count` elements of `type`, f32 or bf16. `y` may be `x`.
  ///
  /// - Parameter random: at its start. Element 2i takes the low half of its i-th number, element 2i + 1 the high half.
  public func forward(
    _ x: UnsafeRawPointer, into y: UnsafeMutableRawPointer, count: Int, type: ElementType, random: KeyedRandom
  ) {
    kernels(type).drop(
      x, y, count, words(random),
      cvk_drop_rule(threshold: threshold, scale: scale, shift: shift, dropped: dropped))
  }

  /// The gradient, from the same random numbers; `dx` may be `dy`.
  public func backward(
    outputGradient dy: UnsafeRawPointer, into dx: UnsafeMutableRawPointer, count: Int, type: ElementType,
    random: KeyedRandom
  ) {
    kernels(type).drop(
      dy, dx, count, words(random), cvk_drop_rule(threshold: threshold, scale: scale, shift: 0, dropped: 0))
  }

  /// Elements with a random word below this are dropped. At probability 1 one element in 2^32 is left.
  private var threshold: UInt32 { UInt32(min(probability * 0x1p32, 0x1p32 - 1)) }
}

private func words(_ random: KeyedRandom) -> cvk_random {
  let (key, counter) = (random.key, random.counter)
  return cvk_random(key: (key[0], key[1]), counter: (counter[1], counter[2], counter[3]))
}

private func kernels(_ type: ElementType) -> cvk_dropout {
  let kernels = bestKernels()
  switch type {
  case .f32: return kernels.pointee.dropout_f32
  case .bf16: return kernels.pointee.dropout_bf16
  default: preconditionFailure("no kernels for \(type) activations")
  }
}
