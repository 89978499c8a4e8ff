import Checkpoints

/// What the error says that `body` throws; "accepted" when it throws none. Errors of other types go on.
func refusal(of body: () throws -> Void) throws -> String {
  do {
    try body()
    return "accepted"
  } catch let error as CheckpointError {
    return error.description
  }
}
