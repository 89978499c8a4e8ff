import CVectorKernels
import Tensors

/// y = `slope` x + `offset`, at least `low` and at most `high`, on f32 or bf16. What is not a number stays so.
struct ClippedLine {
  var slope: Float = 1
  var offset: Float = 0
  var low: Float
  var high: Float

  /// `y` may be `x`.
  func forward(
    _ x: UnsafeRawPointer, into y: UnsafeMutableRawPointer, count: Int, type: ElementType, team: ThreadTeam
  ) {
    let kernel = kernels(type).clipped_line
    team.forEachRange(of: count, atLeast: elementsWorthAThread) { range in
      let start = range.lowerBound * type.bytes
      kernel(x + start, y + start, range.count, slope, offset, low, high)
    }
  }

  /// The gradient from the output `y`: none where it was clipped. `dx` may be `dy`.
  func backward(
    output y: UnsafeRawPointer, outputGradient dy: UnsafeRawPointer, into dx: UnsafeMutableRawPointer, count: Int,
    type: ElementType, team: ThreadTeam
  ) {
    let kernel = kernels(type).clipped_line_gradient
    team.forEachRange(of: count, atLeast: elementsWorthAThread) { range in
      let start = range.lowerBound * type.bytes
      kernel(y + start, dy + start, dx + start, range.count, slope, low, high)
    }
  }
}

private func kernels(_ type: ElementType) -> cvk_activation {
  let kernels = bestKernels()
  switch type {
  case .f32: return kernels.pointee.activation_f32
  case .bf16: return kernels.pointee.activation_bf16
  default: preconditionFailure("no kernels for \(type) activations")
  }
}
