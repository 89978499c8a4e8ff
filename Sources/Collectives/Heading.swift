import Fabrics

/// A short text without memory of its own; longer ones are cut.
package struct Label: BitwiseCopyable, Equatable, CustomStringConvertible {
  private var words: (UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0)

  init(_ text: StaticString) {
    let count = min(text.utf8CodeUnitCount, MemoryLayout<Self>.size)
    let source = UnsafeRawBufferPointer(start: text.utf8Start, count: count)
    withUnsafeMutableBytes(of: &words) { $0.copyMemory(from: source) }
  }

  package init(_ text: String) {
    withUnsafeMutableBytes(of: &words) { bytes in
      for (index, byte) in zip(bytes.indices, text.utf8) { bytes[index] = byte }
    }
  }

  package var description: String {
    withUnsafeBytes(of: words) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  func forEachWord(_ body: (UInt64) -> Void) {
    body(words.0)
    body(words.1)
    body(words.2)
    body(words.3)
    body(words.4)
  }

  package static func == (one: Self, other: Self) -> Bool { one.words == other.words }
}

/// What a collective is. Ranks show each other theirs before they touch each other's values: those of all ranks must be
/// equal.
struct Heading: BitwiseCopyable, Equatable {
  enum Kind: UInt8 { case allReduce, reduceScatter, allGather, combine, broadcast, gather }

  /// How-manieth collective of the communicator.
  var sequence: UInt64
  /// Elements of an all-reduce or half of one, bytes of everything else.
  var count: UInt64
  private var kindCode: UInt8
  /// Of an all-reduce: the algorithm and the type on the wire.
  private var algorithmCode: UInt8
  private var wireCode: UInt8
  /// Where the values lie in memory that the host's ranks share, which is the same place for each; 0 elsewhere.
  var place: UInt64
  let label: Label

  init(_ kind: Kind, label: Label, count: Int) {
    (sequence, place, kindCode, algorithmCode, wireCode) = (0, 0, kind.rawValue, 0, 0)
    self.label = label
    self.count = UInt64(count)
  }

  init(
    allReduce label: Label, _ halves: AllReduceHalves, elements: Int, algorithm: AllReduceAlgorithm, wire: WireType,
    place: UInt64
  ) {
    self.init(Kind(halves), label: label, count: elements)
    algorithmCode = UInt8(AllReduceAlgorithm.allCases.firstIndex(of: algorithm)!)
    wireCode = UInt8(WireType.allCases.firstIndex(of: wire)!)
    self.place = place
  }

  static func == (one: Self, other: Self) -> Bool {
    one.sequence == other.sequence && one.count == other.count && one.kindCode == other.kindCode
      && one.algorithmCode == other.algorithmCode && one.wireCode == other.wireCode && one.place == other.place
      && one.label == other.label
  }
}

extension Heading {
  /// Of everything but the number. Source: FNV-1a, over words, the halves folded.
  var digest: UInt32 {
    var digest: UInt64 = 0xCBF2_9CE4_8422_2325
    let codes = UInt64(kindCode) | UInt64(algorithmCode) << 8 | UInt64(wireCode) << 16
    let add = { (word: UInt64) in digest = (digest ^ word) &* 0x100_0000_01B3 }
    add(count)
    add(codes)
    add(place)
    label.forEachWord(add)
    return UInt32(truncatingIfNeeded: digest ^ digest >> 32)
  }
}

extension Heading: CustomStringConvertible {
  var description: String {
    let kind = Kind(rawValue: kindCode)
    let title = "\(kind.map(\.name) ?? "an unknown operation") '\(label)'"
    guard kind == .allReduce || kind == .reduceScatter || kind == .allGather else {
      return "\(title) (collective \(sequence)\(count > 0 ? ", \(count) bytes" : ""))"
    }
    func name<Case: RawRepresentable<String>>(_ cases: [Case], _ code: UInt8) -> String {
      cases.indices.contains(Int(code)) ? cases[Int(code)].rawValue : "?"
    }
    return """
      \(title) (collective \(sequence), \(count) elements, \(name(AllReduceAlgorithm.allCases, algorithmCode)), \
      \(name(WireType.allCases, wireCode)))
      """
  }
}

extension Heading.Kind {
  fileprivate init(_ halves: AllReduceHalves) {
    switch halves {
    case .both: self = .allReduce
    case .reduceScatter: self = .reduceScatter
    case .allGather: self = .allGather
    }
  }

  fileprivate var name: String {
    switch self {
    case .allReduce: "all-reduce"
    case .reduceScatter: "reduce-scatter"
    case .allGather: "all-gather of segments"
    case .combine: "exchange"
    case .broadcast: "broadcast"
    case .gather: "all-gather"
    }
  }
}

/// Two ranks are not in the same collective. Neither has taken in the other's values. Ranks have their numbers in the job.
public struct CollectiveMismatch: Error, Hashable, Sendable, CustomStringConvertible {
  public let rank: Int
  public let peer: Int
  /// What each of them is in.
  public let mine: String
  public let theirs: String
  /// What is known of all ranks: on the lowest of the ranks that answered, since one report is enough.
  public internal(set) var report: String?

  /// - Parameter sequence: where they have parted, if that is longer ago.
  init(over fabric: any Fabric, _ mine: Heading, peer: Int, _ theirs: Heading, differentSince sequence: UInt64? = nil) {
    (rank, self.peer) = (fabric.jobRank, fabric.jobRanks[peer])
    self.mine = mine.description
    self.theirs = "\(theirs)\(sequence.map { "; they did different things as collective \($0)" } ?? "")"
  }

  public var description: String {
    """
    rank \(rank) is in \(mine), and rank \(peer) in \(theirs). Their values were not exchanged. Every rank must run the \
    same program with the same configuration; if they do, this is a bug: please report it with both lines.
    """ + (report.map { "\n\($0)" } ?? "")
  }
}
