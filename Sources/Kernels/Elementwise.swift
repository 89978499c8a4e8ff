import CVectorKernels

/// `y = max(x, 0)`; `y` may be `x`.
public func relu(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
  cvk_relu(x, y, count)
}

/// The gradient of `relu` from its output `y`; `dx` may be `dy`.
public func reluGradient(
  output y: UnsafePointer<Float>, outputGradient dy: UnsafePointer<Float>, into dx: UnsafeMutablePointer<Float>,
  count: Int
) {
  cvk_relu_gradient(y, dy, dx, count)
}

/// `sum = a + b`; `sum` may be either.
public func sum(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into sum: UnsafeMutablePointer<Float>, count: Int
) {
  cvk_sum(a, b, sum, count)
}
