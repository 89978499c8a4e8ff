import Collectives
import JSON

/// Decides by which algorithms a run adds up its gradients, the same on every rank.
struct AlgorithmChoice {
  let configuration: RunConfiguration
  let communicator: Communicator

  /// Measuring takes about this long.
  private static let budget = Duration.milliseconds(700)

  /// Those that `auto` chooses among.
  private var candidates: [AllReduceAlgorithm] {
    [.twoLevel, .ring, .recursiveDoubling, .halvingDoubling].filter { !configuration.optimizer.sharded || $0.hasHalves }
  }

  /// Makes the communicator use what the configuration says; where that is `auto`, what it has in its table, else what the
  /// run that is resumed used, else what is measured. Every rank calls it before the first step.
  ///
  /// - Parameters:
  ///   - earlier: the configuration that the resumed run was begun with; rank 0 alone needs to know it.
  ///   - gradients: the replica's memory for them, all zero; they stay so.
  /// - Returns: the configuration with the table that is used.
  func make(
    resuming earlier: RunConfiguration?, gradients: UnsafeMutableBufferPointer<Float>
  ) throws -> RunConfiguration {
    communicator.wire = configuration.collectives.wire
    if let algorithm = configuration.collectives.algorithm.fixed {
      communicator.algorithms = AlgorithmTable(algorithm)
      return configuration
    }
    communicator.algorithms =
      try known(earlier)
      ?? communicator.measureAlgorithms(on: gradients, within: Self.budget, among: candidates)
    return try configuration.choosing(communicator.algorithms, on: communicator.topology)
  }

  private func known(_ earlier: RunConfiguration?) throws -> AlgorithmTable? {
    let topology = communicator.topology
    if let given = configuration.collectives.table.choice(for: topology) { return given }
    // All or none: what rank 0 knows, or nothing.
    let resumable = earlier?.collectives.table.choice(for: topology).map { table in
      table.entries.allSatisfy { candidates.contains($0.algorithm) }
    }
    let mine = resumable == true ? earlier?.lock ?? "" : ""
    let texts = try communicator.allGather(communicator.rank == 0 ? Array(mine.utf8) : [])
    guard !texts[0].isEmpty else { return nil }
    let resumed = try RunConfiguration(text: String(decoding: texts[0], as: UTF8.self), source: "the resumed run")
    return resumed.collectives.table.choice(for: topology)
  }
}
