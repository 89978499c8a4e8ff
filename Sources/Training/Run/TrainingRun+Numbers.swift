/// Steps whose numbers are not finite.
extension TrainingRun {
  /// Ends the run, does the step without its update, or goes back, as every rank decides from the same numbers.
  func settle(_ bad: NonFiniteStep, _ outcome: StepOutcome, seconds: Double) throws {
    let decision = NumbersDecision(plan.configuration.numbers, step: bad.step, history: position.numbers)
    record { try $0.record(bad, decision) }
    if decision == .rewind { return try rewind(bad) }
    // Replicas that differ are a reason that no other batch would cure.
    var now = position
    now.step = bad.step
    try judge.audit(training, &now)
    if decision == .stop { throw judge.failure(bad, position.numbers) }
    position = now
    position.samplesSeen += outcome.sums.count
    position.epoch.seconds += seconds
    position.numbers.skipped += 1
    record {
      try coordinator?.noteSaved()
      try $0.record(
        bad, skippedIn: plan.position(ofStep: bad.step - 1).epoch + 1, samples: outcome.sums.count)
    }
  }

  /// Goes back to the newest checkpoint, or to the beginning where there is none.
  private func rewind(_ bad: NonFiniteStep) throws {
    try waitUntilSaved()
    let checkpoint = try consensus.attempt {
      if let failure { throw failure }
      return try coordinator?.checkpointToRewindTo()
    }
    var history = position.numbers
    training.beginAnew(seed: plan.configuration.seed)
    let restored = try Restoration(communicator: preparation.everyone, trainers: preparation.communicator).restore(
      training, from: checkpoint ?? nil, plan: plan)
    position = restored ?? RunPosition()
    history.rewoundFor.append(bad.step)
    history.auditedStep = position.step
    position.numbers = history
    training.stepsDone = position.step
    try consensus.attempt { try coordinator?.rewind(to: position, bad) }
  }

  var judge: NumbersJudge {
    NumbersJudge(plan: plan, communicator: preparation.communicator, images: preparation.data.training)
  }
}
