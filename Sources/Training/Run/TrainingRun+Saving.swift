/// Checkpoints, with a coordinator that trains like the others.
extension TrainingRun {
  /// Begins to write a checkpoint of this moment. A second one waits for the first.
  func saveCheckpoint() throws {
    let beginning = ContinuousClock.now
    preparation.communicator.note(step: position.step - 1, phase: "checkpoint after it")
    try waitUntilSaved()
    try faults?.reach(.save)
    try agreeOnStatistics()
    if let parts {
      let folder = failure == nil ? coordinator?.beginParts(training, position, parts.planned, since: beginning) : nil
      return try parts.start(inFolder: folder)
    }
    let velocity = try training.update.gatherVelocity()
    // A checkpoint whose metrics are incomplete must not be the one to go on from; the next vote ends the run.
    if failure == nil { coordinator?.save(training, velocity, position, since: beginning) }
  }

  /// Waits for the checkpoint that is being written, if one is. The ranks ask each other again and again, so that they know
  /// of each other that they live.
  func waitUntilSaved() throws {
    while true {
      parts?.wait(atMost: 0.25)
      record { _ in try coordinator?.noteSaved(waiting: 0.25) }
      let votes = try preparation.communicator.sum([
        coordinator?.isSaving == true ? 1 : 0, parts?.isDone == true ? 1 : 0,
      ])
      try publish(writtenParts: votes[1])
      if votes[0] == 0 { return }
    }
  }

  /// Once all ranks have written their parts of a checkpoint, rank 0 writes the rest.
  func publish(writtenParts: Int) throws {
    guard let parts, writtenParts == preparation.communicator.worldSize else { return }
    let written = try parts.gather()
    coordinator?.publish(written)
  }

  /// Returns once a checkpoint of this moment is durable, and tries again where it could not be written.
  func requireCheckpoint() throws {
    while true {
      try waitUntilSaved()
      try consensus.attempt { if let failure { throw failure } }
      let lacksOne = coordinator.map { $0.savedStep != position.step } ?? false
      if try preparation.communicator.sum([lacksOne ? 1 : 0])[0] == 0 { return }
      try saveCheckpoint()
    }
  }
}
