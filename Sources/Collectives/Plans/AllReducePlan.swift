/// How the ranks add up their values.
public enum AllReduceAlgorithm: String, Hashable, Sendable, CaseIterable, Codable {
  /// A segmented, pipelined ring of messages over all ranks (`RingPlan`).
  case ring
  /// The ranks of a host add in the memory that they share, and one ring for each of a host's ranks joins the hosts
  /// (`AllReducePlan`). On a single host nothing is sent.
  case twoLevel = "two_level"
  /// Everyone's whole message in log2 N rounds (`DoublingPlan`).
  case recursiveDoubling = "recursive_doubling"
  /// Halves in 2 log2 N rounds (`HalvingPlan`).
  case halvingDoubling = "halving_doubling"
  /// The fabric's own: MPI_Iallreduce. Its order of summation is its own affair.
  case mpi
}

/// One rank's part in one all-reduce, as a value.
///
/// Two levels: the elements are cut into as many parts as the host with the fewest ranks has, and the i-th rank of every
/// host owns part i there. An owner adds its part straight from its neighbours' memory; a ring of messages over the owners
/// of the same part adds over the hosts; and each owner writes the sums into its neighbours' memory. A reduce-scatter ends
/// with the first half of the ring; an all-gather is its second half and the writing.
///
/// **Order of summation** of two levels: the ranks of a host in ascending order, then the hosts' sums as `RingPlan` says,
/// hosts being numbered by their first ranks. On one host that is the sum over the ranks in their order.
public struct AllReducePlan: Hashable, Sendable {
  /// What this rank adds up for its host; nil where ranks do not meet in shared memory.
  public let owned: Range<Int>?
  /// How many ranks of each host own a part.
  public let owners: Int
  /// The messages, over the elements of `owned` where there are owned ones and over all elsewhere; nil where none are sent.
  public let messages: MessagePlan?
  /// The ranks that the message plan counts from 0.
  public let members: [Int]
  public let halves: AllReduceHalves

  /// The elements whose sums this rank has after the first half, and that it gives the others in the second one. Every
  /// element is in one rank's segment.
  ///
  /// Of a ring the segment of its number; of two levels, within the part that it owns on its host, that of its host.
  public var segment: Range<Int> {
    guard let messages else { return owned ?? 0..<0 }
    guard case .ring(let ring) = messages else { preconditionFailure("only a ring and two levels have halves") }
    let start = owned?.lowerBound ?? 0
    let segment = ring.segment(ring.rank)
    return start + segment.lowerBound..<start + segment.upperBound
  }

  /// - Parameters:
  ///   - algorithm: any but `mpi`, which plans for itself.
  ///   - pieceElements: the most elements of a message.
  ///   - halves: one of them alone only where the algorithm has halves.
  public init(
    _ algorithm: AllReduceAlgorithm, topology: Topology, groups: TwoLevelGroups, rank: Int, elements: Int,
    pieceElements: Int, halves: AllReduceHalves = .both
  ) {
    precondition(halves == .both || algorithm.hasHalves, "\(algorithm) has no halves")
    self.halves = halves
    let worldSize = topology.worldSize
    guard algorithm == .twoLevel else {
      (owned, owners, members) = (nil, 0, groups.everyone)
      switch algorithm {
      case .recursiveDoubling:
        messages = .recursiveDoubling(
          DoublingPlan(worldSize: worldSize, rank: rank, elements: elements, pieceElements: pieceElements))
      case .halvingDoubling:
        messages = .halvingDoubling(
          HalvingPlan(worldSize: worldSize, rank: rank, elements: elements, pieceElements: pieceElements))
      default:
        messages = .ring(
          RingPlan(
            worldSize: worldSize, rank: rank, elements: elements, pieceElements: pieceElements, halves: halves))
      }
      return
    }
    owners = groups.owners
    members = groups.partners
    guard groups.position < owners else {
      (owned, messages) = (elements..<elements, nil)
      return
    }
    let part = evenPart(groups.position, of: owners, in: 0..<elements, unit: Self.cacheLineElements)
    owned = part
    messages =
      members.count == 1
      ? nil
      : .ring(
        RingPlan(
          worldSize: members.count, rank: topology.hostOfRank[rank], elements: part.count, pieceElements: pieceElements,
          halves: halves))
  }

  private static let cacheLineElements = 16
}

/// What two levels need to know of a rank's place, made once.
public struct TwoLevelGroups: Hashable, Sendable {
  public let everyone: [Int]
  /// Of this rank among those of its host.
  public let position: Int
  /// Ranks of each host that own a part: as many as the host with the fewest has.
  public let owners: Int
  /// The ranks in this one's position, one of each host.
  public let partners: [Int]

  public init(_ topology: Topology, rank: Int, ownersPerHost: Int? = nil) {
    everyone = Array(0..<topology.worldSize)
    let position = topology.neighbours(of: rank).firstIndex(of: rank)!
    let fewest = topology.hosts.map(\.count).min() ?? 1
    owners = min(fewest, ownersPerHost ?? fewest)
    self.position = position
    partners = position < owners ? topology.hosts.map { $0[position] } : []
  }
}
