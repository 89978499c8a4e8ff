import Collectives
import JSON

extension RunConfiguration {
  public struct SyncBatchNorm: Sendable, Equatable {
    public let span: Span

    public enum Span: Sendable, Equatable {
      case all, node, none
      case ranks(Int)
    }

    static let meaning = "Which ranks share the statistics of batch norms in training."

    init(_ fields: ConfigurationReader) {
      span = fields.read(
        "span", .span, default: .all,
        "`all`: every rank, so that the result does not depend on the number of ranks. `node`: the ranks of a host. A "
          + "number: as many ranks, following each other. `none`: each rank for itself. Running statistics of ranks that "
          + "do not share them become those of rank 0 before an evaluation or a checkpoint.")
    }
  }

  public struct Collectives: Sendable, Equatable {
    public let algorithm: Algorithm
    public let wire: WireType
    public let bucketMegabytes: Double
    public let timeoutSeconds: Double
    public let table: Table

    public enum Algorithm: String, CaseIterable, Sendable {
      case auto, ring
      case twoLevel = "two_level"
      case recursiveDoubling = "recursive_doubling"
      case halvingDoubling = "halving_doubling"
      case mpi

      /// Nil where it is to be measured.
      public var fixed: AllReduceAlgorithm? { AllReduceAlgorithm(rawValue: rawValue) }
    }

    static let meaning = "How ranks add up gradients and statistics."

    init(_ fields: ConfigurationReader) {
      algorithm = fields.read(
        "algorithm", .choice(), default: .auto,
        "The all-reduce of gradients. `two_level`: in the memory that the ranks of a host share, and rings between hosts. "
          + "`ring`, `recursive_doubling`, `halving_doubling`: messages between all ranks. `mpi`: MPI's own, in an order "
          + "of summation that it does not promise. `auto`: measured at the run's start, within a second, for each size of "
          + "message; see `collectives.table`.")
      wire = fields.read(
        "wire", .choice(), default: .f32,
        "The type in which gradients travel between ranks that do not share memory. `bf16` halves the bytes and rounds "
          + "each partial sum that is sent; sums are added in f32.")
      bucketMegabytes = fields.read(
        "bucket_megabytes", .number(of: "megabytes", .above(0, to: 4096)), default: 25,
        "Gradients are sent in buckets of about this size (10^6 bytes), as soon as the backward pass has filled one.")
      timeoutSeconds = fields.read(
        "timeout_seconds", .number(of: "seconds", .above(0, to: 1_000_000)), default: 300, affects: .nothing,
        "A rank that waits longer for another, with nothing moving, ends the job, and all that wait say for whom.")
      table = fields.read("table", Table.meaning, Table.init)
    }

    /// What `auto` chose.
    public struct Table: Sendable, Equatable {
      public let hosts: String
      public let algorithms: [AllReduceAlgorithm]
      public let upToBytes: [Int]

      static let meaning =
        "What `auto` measured: written to `config.lock.json`, and used again when a run is resumed on the same hosts, so that "
        + "sums have the same bits. Give it to choose by hand."

      init(_ fields: ConfigurationReader) {
        hosts = fields.read(
          "hosts", .anyText, default: "", affects: .nothing,
          "The hosts that it was measured on, as in `2 hosts of 4 ranks`; empty: any.")
        algorithms = fields.read(
          "algorithms", .choices(of: AllReduceAlgorithm.self), default: [], affects: .nothing,
          "For messages from small to large; empty: to be measured.")
        upToBytes = fields.read(
          "up_to_bytes", .ascendingWholeNumbers(of: "bytes", .atLeast(1)), default: [], affects: .nothing,
          "The largest message for each of `algorithms` but the last.")
        fields.check(
          algorithms.isEmpty ? upToBytes.isEmpty : upToBytes.count == algorithms.count - 1, "up_to_bytes",
          with: "algorithms",
          message: "has one number less than algorithms; got \(upToBytes.count) and \(algorithms.count)")
      }

      /// As the collectives take it; nil where nothing has been chosen, or for other hosts.
      func choice(for topology: Topology) -> AlgorithmTable? {
        guard !algorithms.isEmpty, hosts.isEmpty || hosts == topology.description else { return nil }
        return AlgorithmTable(
          zip(upToBytes.map(Optional.some) + [nil], algorithms).map { .init(upToBytes: $0, algorithm: $1) })
      }
    }
  }
}

extension RunConfiguration.SyncBatchNorm.Span {
  /// As it is written.
  public var text: String {
    switch self {
    case .all: "all"
    case .node: "node"
    case .none: "none"
    case .ranks(let count): "\(count)"
    }
  }

  /// Nil where each rank keeps its statistics to itself.
  var shared: StatisticsSpan? {
    switch self {
    case .all: .all
    case .node: .node
    case .none: nil
    case .ranks(let count): .ranks(count)
    }
  }
}

extension FieldType where Value == RunConfiguration.SyncBatchNorm.Span {
  static let span = FieldType(
    expected: "\"all\", \"node\", \"none\" or a whole number of ranks, at least 1",
    standIn: .all,
    read: { value in
      switch value {
      case .string("all"): .all
      case .string("node"): .node
      case .string("none"): Value.none
      case .integer(let count) where count >= 1: .ranks(count)
      default: nil
      }
    },
    write: { span in
      if case .ranks(let count) = span { .integer(count) } else { .string(span.text) }
    })
}

extension RunConfiguration {
  /// The same configuration with what was chosen where it says `auto`.
  func choosing(_ table: AlgorithmTable, on topology: Topology) throws -> RunConfiguration {
    let value = JSONValue.object([
      JSONValue.Member("hosts", .string(topology.description)),
      JSONValue.Member("algorithms", .array(table.entries.map { .string($0.algorithm.rawValue) })),
      JSONValue.Member("up_to_bytes", .array(table.entries.compactMap(\.upToBytes).map { .integer($0) })),
    ])
    return try RunConfiguration(text: lock, source: "the configuration", overrides: ["collectives.table=\(value.line)"])
  }
}
