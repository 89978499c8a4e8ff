/// A hyperparameter outside its range.
public struct OptimizerError: Error, Hashable, CustomStringConvertible {
  /// The parameter's name, as in the Swift API.
  public let parameter: String
  public let expected: String
  public let got: String

  public var description: String { "\(parameter): expected \(expected), got \(got)" }
}

/// Throws an `OptimizerError` that says what was expected, unless `condition` holds.
func require(
  _ condition: Bool, _ parameter: String, expected: String, got: some CustomStringConvertible
) throws(OptimizerError) {
  if !condition { throw OptimizerError(parameter: parameter, expected: expected, got: got.description) }
}
