/// An expectation that did not hold, on one rank: what `rank-exercises` prints and a test reports.
public struct ExerciseFailure: Error, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}

/// Throws unless `condition` holds. Swift Testing's `#expect` is not at hand in a process that `mpirun` starts.
public func require(_ condition: Bool, _ message: @autoclosure () -> String) throws {
  if !condition { throw ExerciseFailure(message()) }
}

/// Runs `body` and returns what it throws; throws an `ExerciseFailure` when it returns or throws something else.
public func requireThrows<Expected: Error>(
  _ type: Expected.Type, _ body: () throws -> Void
) throws -> Expected {
  do {
    try body()
  } catch let error as Expected {
    return error
  } catch {
    throw ExerciseFailure("expected an error of type \(type), got \(error)")
  }
  throw ExerciseFailure("expected an error of type \(type), got none")
}
