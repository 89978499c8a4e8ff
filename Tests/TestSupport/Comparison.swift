/// ‖values - reference‖ / ‖reference‖ in the Euclidean norm; NaN when a value is not a number.
///
/// - Parameter floor: what to divide by at least, for a reference that is small because large terms cancel.
public func relativeError<Value: BinaryFloatingPoint>(
  of values: [Value], to reference: [Double], floor: Double = 0
) -> Double {
  precondition(values.count == reference.count, "\(values.count) values against \(reference.count)")
  let difference = norm(zip(values, reference).map { Double($0) - $1 })
  if difference == 0 { return 0 }
  return difference / max(norm(reference), floor)
}

/// The Euclidean norm.
public func norm(_ values: [Double]) -> Double {
  values.reduce(0) { $0 + $1 * $1 }.squareRoot()
}
