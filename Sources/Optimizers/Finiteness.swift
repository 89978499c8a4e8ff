import CVectorKernels

/// Whether no element is an infinity or a NaN.
public func allFinite(_ floats: UnsafeBufferPointer<Float>) -> Bool {
  indexOfFirstNonFinite(floats) == nil
}

/// Where the first infinity or NaN is, so that a report can name the parameter; nil when all elements are finite.
public func indexOfFirstNonFinite(_ floats: UnsafeBufferPointer<Float>) -> Int? {
  guard let base = floats.baseAddress else { return nil }
  let index = cvk_first_non_finite(base, floats.count)
  return index < floats.count ? index : nil
}
