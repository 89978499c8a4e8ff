import CVectorKernels
import Tensors

/// Elements for which it pays to wake another thread: 2 to 5 µs of work from the second-level cache, where a wake-up takes
/// about 1 µs on idle cores. An estimate from these two; the crossing itself has not been measured.
let elementsWorthAThread = 16384

/// `y = max(x, 0)` for `count` elements of `type` (f32 or bf16); NaN stays NaN. `y` may be `x`.
public func relu(
  _ x: UnsafeRawPointer, into y: UnsafeMutableRawPointer, count: Int, type: ElementType, team: ThreadTeam
) {
  let kernel = elementwise(type).relu
  team.forEachRange(of: count, atLeast: elementsWorthAThread) { range in
    let offset = range.lowerBound * type.bytes
    kernel(x + offset, y + offset, range.count)
  }
}

/// The gradient of `relu` from its output `y`: `dy` where `y` is positive, else 0. `dx` may be `dy`.
public func reluGradient(
  output y: UnsafeRawPointer, outputGradient dy: UnsafeRawPointer, into dx: UnsafeMutableRawPointer, count: Int,
  type: ElementType, team: ThreadTeam
) {
  let kernel = elementwise(type).relu_gradient
  team.forEachRange(of: count, atLeast: elementsWorthAThread) { range in
    let offset = range.lowerBound * type.bytes
    kernel(y + offset, dy + offset, dx + offset, range.count)
  }
}

/// `sum = a + b`, added in f32; `sum` may be either.
public func sum(
  _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, into sum: UnsafeMutableRawPointer, count: Int, type: ElementType,
  team: ThreadTeam
) {
  let kernel = elementwise(type).sum
  team.forEachRange(of: count, atLeast: elementsWorthAThread) { range in
    let offset = range.lowerBound * type.bytes
    kernel(a + offset, b + offset, sum + offset, range.count)
  }
}

/// bf16 `x` as f32, exactly. The arrays must not overlap.
public func widen(_ x: UnsafeRawPointer, into y: UnsafeMutablePointer<Float>, count: Int, team: ThreadTeam) {
  let kernel = bestKernels().pointee.conversions.widen
  let halves = x.assumingMemoryBound(to: cvk_bf16.self)
  team.forEachRange(of: count, atLeast: elementsWorthAThread) { range in
    kernel(halves + range.lowerBound, y + range.lowerBound, range.count)
  }
}

/// f32 `x` as bf16, rounded to nearest, ties to even; NaN stays NaN. The arrays must not overlap.
public func narrow(_ x: UnsafePointer<Float>, into y: UnsafeMutableRawPointer, count: Int, team: ThreadTeam) {
  let kernel = bestKernels().pointee.conversions.narrow
  let halves = y.assumingMemoryBound(to: cvk_bf16.self)
  team.forEachRange(of: count, atLeast: elementsWorthAThread) { range in
    kernel(x + range.lowerBound, halves + range.lowerBound, range.count)
  }
}

/// The kernels for what this machine can do best.
func bestKernels() -> UnsafePointer<cvk_kernels> { cvk_kernels_for(cvk_best_instruction_set()) }

private func elementwise(_ type: ElementType) -> cvk_elementwise {
  let kernels = bestKernels()
  switch type {
  case .f32: return kernels.pointee.elementwise_f32
  case .bf16: return kernels.pointee.elementwise_bf16
  default: preconditionFailure("no kernels for \(type) activations")
  }
}
