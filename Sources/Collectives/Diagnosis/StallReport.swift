/// What is known of all ranks when somebody has given up waiting: a value, in words for people.
struct StallReport {
  /// What a rank answered, or what its neighbours can see of it.
  enum Sign {
    case answered(RankRecord)
    /// No answer; what it last noted in the memory that it shares with the rank that reports, and the state of its process.
    case seen(RankRecord, ProcessState)
    case nothing
  }

  /// One of every rank.
  let signs: [Sign]

  var silent: [Int] {
    signs.indices.filter { if case .answered = signs[$0] { false } else { true } }
  }

  var firstAnswer: Int? {
    signs.indices.first { if case .answered = signs[$0] { true } else { false } }
  }

  private static let mostLines = 64

  var text: String {
    let silent = silent
    let headline =
      silent.isEmpty
      ? "All \(signs.count) ranks answered: each waits for another."
      : "No answer from \(ranks(silent)) of \(signs.count). Look there first; if they were only slow, raise "
        + "collectives.timeout_seconds."
    // Where there are many ranks, those that did not answer matter most.
    let shown = (silent + signs.indices.filter { !silent.contains($0) }).prefix(Self.mostLines).sorted()
    let more = signs.count > shown.count ? ["  and \(signs.count - shown.count) more ranks that answered"] : []
    return ([headline] + shown.map { "  rank \($0)\(line(signs[$0]))" } + more).joined(separator: "\n")
  }

  private func ranks(_ ranks: [Int]) -> String {
    let names = ranks.prefix(8).map(String.init).joined(separator: ", ")
    return "rank\(ranks.count == 1 ? "" : "s") \(names)\(ranks.count > 8 ? " and \(ranks.count - 8) more" : "")"
  }

  private func line(_ sign: Sign) -> String {
    switch sign {
    case .nothing:
      return ": no answer. It is computing or reading data, stopped, gone, or cut off"
    case .answered(let record):
      return " on \(record.host): \(record.sentence)"
    case .seen(let record, let state):
      return
        " on \(record.host): no answer. Its process \(record.process) \(state.words); it last noted: \(record.sentence)"
    }
  }
}

extension RankRecord {
  /// Where it is, in words; `since` holds how long it has waited.
  var sentence: String {
    let run = step < 0 ? "" : ", step \(step + 1), \(phase)"
    switch activity {
    case .waiting:
      let peer = peer < 0 ? "" : " for rank \(peer)"
      let place = place.description
      return "waiting\(peer) for \(secondsText(since)) in \(heading)\(place.isEmpty ? "" : ", \(place)")\(run)"
    default:
      return "at work after it began \(heading)\(run)"
    }
  }
}
