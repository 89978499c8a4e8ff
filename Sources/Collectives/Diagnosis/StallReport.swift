/// What is known of all ranks when somebody has given up waiting: a value, in words for people.
package struct StallReport {
  /// What a rank answered, or what its neighbours can see of it.
  package enum Sign {
    case answered(RankRecord)
    /// No answer; what it last noted in the memory that it shares with the rank that reports, and the state of its process.
    case seen(RankRecord, ProcessState)
    case nothing
  }

  /// One of every rank.
  package let signs: [Sign]
  /// By which the text names them.
  private let jobRanks: [Int]

  package init(signs: [Sign], jobRanks: [Int]? = nil) {
    (self.signs, self.jobRanks) = (signs, jobRanks ?? Array(signs.indices))
  }

  package var silent: [Int] {
    signs.indices.filter { if case .answered = signs[$0] { false } else { true } }
  }

  var silentInJob: [Int] { silent.map { jobRanks[$0] } }

  var firstAnswer: Int? {
    signs.indices.first { if case .answered = signs[$0] { true } else { false } }
  }

  /// Whether every rank has answered that it waits, and all have done the same collectives: then none is lost.
  var allWaitAlike: Bool {
    difference == nil
      && signs.allSatisfy { if case .answered(let record) = $0 { record.activity == .waiting } else { false } }
  }

  private static let mostLines = 64

  /// What is known of ranks that have not done the same collectives.
  private var difference: String? {
    let answers = signs.compactMap { if case .answered(let record) = $0 { record } else { nil } }
    guard let first = answers.first else { return nil }
    for other in answers {
      guard let sequence = other.history.firstDifference(from: first.history) else { continue }
      return
        "Ranks \(jobRanks.name(first.rank)) and \(jobRanks.name(other.rank)) did different things as collective \(sequence)."
    }
    return answers.contains { $0.activity == .differing }
      ? "The \(signs.count) ranks are not in the same collective." : nil
  }

  private var headline: String {
    let silent = silent
    if let difference {
      return difference + (silent.isEmpty ? "" : " No answer from \(ranks(silent)): computing, or gone.")
    }
    if silent.isEmpty { return "All \(signs.count) ranks answered: each waits for another." }
    return "No answer from \(ranks(silent)) of \(signs.count). Look there first; if they were only slow, raise "
      + "collectives.timeout_seconds."
  }

  package var text: String {
    let silent = silent
    // Where there are many ranks, those that did not answer matter most.
    let shown = (silent + signs.indices.filter { !silent.contains($0) }).prefix(Self.mostLines).sorted()
    let more = signs.count > shown.count ? ["  and \(signs.count - shown.count) more ranks that answered"] : []
    return ([headline] + shown.map { "  rank \(jobRanks[$0])\(line(signs[$0]))" } + more).joined(separator: "\n")
  }

  private func ranks(_ ranks: [Int]) -> String {
    let names = ranks.prefix(8).map { String(jobRanks[$0]) }.joined(separator: ", ")
    return "rank\(ranks.count == 1 ? "" : "s") \(names)\(ranks.count > 8 ? " and \(ranks.count - 8) more" : "")"
  }

  private func line(_ sign: Sign) -> String {
    switch sign {
    case .nothing:
      return ": no answer. It is computing or reading data, stopped, gone, or cut off"
    case .answered(let record):
      return " on \(record.host): \(record.sentence(jobRanks))"
    case .seen(let record, let state):
      return
        " on \(record.host): no answer. Its process \(record.process) \(state.words); it last noted: \(record.sentence(jobRanks))"
    }
  }
}

extension RankRecord {
  /// Where it is, in words; `since` holds how long it has waited.
  func sentence(_ jobRanks: [Int]) -> String {
    let run = step < 0 ? "" : ", step \(step + 1), \(phase)"
    switch activity {
    case .waiting:
      let peer = peer < 0 ? "" : " for rank \(jobRanks.name(peer))"
      let place = place.description
      return "waiting\(peer) for \(secondsText(since)) in \(awaited)\(place.isEmpty ? "" : ", \(place)")\(run)"
    case .differing:
      return "in \(heading), but rank \(jobRanks.name(peer)) is in another collective\(run)"
    case .leaving:
      return "leaving, after it was in \(heading)\(run)"
    case .unknown, .working:
      return "at work after it began \(heading)\(run)"
    }
  }
}

extension [Int] {
  /// A record's rank as people know it. A record may be anything that another rank sent.
  fileprivate func name(_ rank: Int32) -> Int { indices.contains(Int(rank)) ? self[Int(rank)] : Int(rank) }
}
