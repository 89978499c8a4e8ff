import Collectives
import Fabrics

/// One rank's part in a training job, from the configuration to the result.
public enum TrainingJob {
  /// Every rank calls it. Throws `JobFailure` on every rank alike, or an error of the fabric.
  public static func run(_ request: JobRequest, fabric: any Fabric) throws -> ExitStatus {
    let preparation = try Preparation(request, fabric: fabric)
    let roles = preparation.roles
    try MemoryCheck(
      plan: preparation.plan, roles: roles, images: .loaded, everyone: preparation.everyone,
      threads: preparation.threads, logger: preparation.logger
    ).run()
    guard roles.isDedicated, fabric.rank == roles.coordinator else {
      return try TrainingRun(preparation, request).run()
    }
    return try CoordinatorRun(preparation, request).run()
  }
}

extension Preparation {
  /// A configuration that rank `root` of the job knows, on every rank; nil where it has none. Every rank calls it.
  func share(_ configuration: RunConfiguration?, from root: Int) throws -> RunConfiguration? {
    let own = everyone.rank == root ? configuration?.lock ?? "" : ""
    let text = String(decoding: try everyone.allGather(Array(own.utf8))[root], as: UTF8.self)
    return text.isEmpty ? nil : try RunConfiguration(text: text, source: "rank \(root)")
  }

  /// Whether the run had been finished before: the coordinator knows, and all ranks must. Every rank calls it.
  func isComplete(_ coordinator: Coordinator?, at position: RunPosition) throws -> Bool {
    let complete = coordinator?.isComplete(at: position) ?? false
    guard try everyone.sum([complete ? 1 : 0])[0] > 0 else { return false }
    coordinator?.reportComplete()
    return true
  }
}

extension Communicator {
  /// A communicator over the ranks of this rank's group. Every rank calls it.
  func ofGroup(_ roles: JobRoles, timeout: Duration) throws -> Communicator {
    let members = roles.group(of: rank)
    // MPI waits for every rank here, without a deadline of its own.
    let group = try LastWords.limit(timeout, to: { try fabric.group(members) }) { [jobRank] in
      "dist-train: [rank \(jobRank)] MPI_Comm_split did not end within \(timeout.components.seconds) s"
    }
    // What a coordinator has to say at the end is about the whole job.
    guard roles.trainers.contains(rank) else { return try Communicator(fabric: group, timeout: timeout) }
    return try .ofJob(fabric: group, timeout: timeout)
  }
}
