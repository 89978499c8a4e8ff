import Synchronization

/// What the ranks have answered so far to one that has given up. Another thread may ask for it, in case the one that collects
/// hangs.
final class Answers: Sendable {
  private let signs: Mutex<[StallReport.Sign]>
  private let jobRanks: [Int]

  /// - Parameters:
  ///   - jobRanks: the names of all ranks.
  ///   - neighbour: what can be seen of a rank without its answer.
  init(_ own: RankRecord, jobRanks: [Int], neighbour: (_ rank: Int) -> StallReport.Sign) {
    var signs = jobRanks.indices.map(neighbour)
    signs[Int(own.rank)] = .answered(own)
    self.signs = Mutex(signs)
    self.jobRanks = jobRanks
  }

  func note(_ record: RankRecord, of rank: Int) { signs.withLock { $0[rank] = .answered(record) } }

  var areComplete: Bool { report.silent.isEmpty }

  /// Ranks that have not answered, and that those who have wait for.
  var suspects: Set<Int> {
    let signs = report.signs
    let awaited = signs.compactMap { sign -> Int? in
      if case .answered(let record) = sign, record.activity == .waiting { Int(record.peer) } else { nil }
    }
    return Set(awaited).intersection(report.silent)
  }

  var report: StallReport { signs.withLock { StallReport(signs: $0, jobRanks: jobRanks) } }
}
