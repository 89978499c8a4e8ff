/// Which checkpoints of a run are kept. The newest valid one always is.
public struct Retention: Hashable, Sendable {
  /// How many of the newest valid checkpoints; the best one is kept besides.
  public let newest: Int
  /// The checkpoints at the end of every so many epochs are kept besides; nil for none.
  public let everyEpochs: Int?

  /// Traps unless both are at least 1.
  public init(newest: Int, everyEpochs: Int? = nil) {
    precondition(newest >= 1 && everyEpochs ?? 1 >= 1, "keeping \(newest), and one every \(everyEpochs ?? 1) epochs")
    self.newest = newest
    self.everyEpochs = everyEpochs
  }

  /// What is found under a checkpoint's name.
  package struct Candidate: Hashable {
    package enum Standing: Hashable {
      /// `endedEpochs` as in the manifest.
      case valid(endedEpochs: Int?)
      case broken
      /// Perhaps valid: it could not be read.
      case unreadable
    }

    package let step: Int
    package let standing: Standing

    package init(step: Int, standing: Standing) { (self.step, self.standing) = (step, standing) }
  }

  /// Indices of the candidates that go.
  ///
  /// Broken ones stay as long as they are newer than what is kept of the newest, for a person to look at.
  /// - Parameters:
  ///   - candidates: newest first; of one step the one that counts first.
  ///   - best: the step of the best one.
  package func superfluous(of candidates: [Candidate], best: Int?) -> [Int] {
    var validSteps: [Int] = []
    return candidates.indices.filter { index in
      let candidate = candidates[index]
      if validSteps.last == candidate.step { return true }
      let isAmongNewest = validSteps.count < newest || candidate.step == best
      switch candidate.standing {
      case .valid(let endedEpochs):
        validSteps.append(candidate.step)
        return !isAmongNewest && !isKept(endedEpochs)
      case .broken: return !isAmongNewest
      case .unreadable: return false
      }
    }
  }

  private func isKept(_ endedEpochs: Int?) -> Bool {
    guard let everyEpochs, let endedEpochs else { return false }
    return endedEpochs % everyEpochs == 0
  }
}
