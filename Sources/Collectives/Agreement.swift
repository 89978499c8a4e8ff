import Tensors

/// The ranks disagree about something that must be the same on all of them.
public struct Disagreement: Error, Hashable, Sendable, CustomStringConvertible {
  /// What the digests are of.
  public let subject: String
  /// Every rank's digest, in rank order.
  public let digests: [Digest]

  /// The digest that most ranks have; of equally frequent ones, that of the lowest rank.
  public var majority: Digest {
    let counts = Dictionary(digests.map { ($0, 1) }, uniquingKeysWith: +)
    let most = counts.values.max()
    return digests.first { counts[$0] == most } ?? digests[0]
  }

  /// The ranks whose digest is another.
  public var oddRanks: [Int] {
    let majority = majority
    return digests.indices.filter { digests[$0] != majority }
  }

  public var description: String {
    let odd = oddRanks.prefix(8).map { "rank \($0) has \(digests[$0])" }.joined(separator: ", ")
    let more = oddRanks.count > 8 ? ", and \(oddRanks.count - 8) more ranks differ" : ""
    let rest = digests.count - oddRanks.count
    return """
      the ranks disagree about \(subject): \(odd)\(more), but \(rest) of \(digests.count) \
      rank\(digests.count == 1 ? "" : "s") \(rest == 1 ? "has" : "have") \(majority)
      """
  }
}

extension Communicator {
  /// Returns on every rank when all ranks' digests are equal, and throws the same `Disagreement` on every rank otherwise.
  public func agree(on digest: Digest, about subject: String) throws {
    let digests = try allGather([digest.value], label: "agreement").map(Digest.init(value:))
    if digests.contains(where: { $0 != digest }) {
      throw Disagreement(subject: subject, digests: digests)
    }
  }
}
