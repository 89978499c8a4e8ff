import Collectives
import Foundation
import Logging
import Network
import Platform

/// Before the first step: is the memory there that the plan needs?
struct MemoryCheck {
  let plan: RunPlan
  let roles: JobRoles
  let images: MemoryEstimate.Images
  /// All ranks of the job.
  let everyone: Communicator
  let threads: Int
  let logger: Logger

  /// Compares what every rank is going to need with what it may have, and says what is tight. Every rank calls it; throws the same
  /// `JobFailure` on every rank where memory is lacking and the configuration does not say to go on all the same.
  func run() throws {
    let consensus = Consensus(communicator: everyone)
    let (estimate, fabric) = (try consensus.attempt { try predicted() }, everyone.fabric)
    let own = MemoryDemand(
      bytes: estimate.peakBytes, host: fabric.hostName, hostNumber: fabric.hostOfRank[fabric.rank],
      environment: ProcessInfo.processInfo.environment)
    let demands = try everyone.allGather(Array(try JSONEncoder().encode(own))).map {
      try JSONDecoder().decode(MemoryDemand.self, from: Data($0))
    }
    let verdict = MemoryVerdict(demands)
    let isRefused = plan.configuration.memory.shortage == .refuse
    if isRefused, !verdict.lacking.isEmpty {
      let sentences = verdict.lacking.map { "\($0)." }.joined(separator: " ")
      throw JobFailure(
        everywhere: .usage,
        "not enough memory: \(sentences) \(MemoryVerdict.advice) If the run shall be tried all the same: --set memory.shortage=warn",
        worldSize: everyone.worldSize)
    }
    for finding in verdict.lacking + verdict.tight where fabric.rank == finding.ranks.first {
      logger.warning("memory is tight: \(finding). \(MemoryVerdict.advice)")
    }
    let prediction =
      "The plan's predicted peak of this rank is \(inMegabytes(estimate.peakBytes)). \(MemoryVerdict.advice)"
    MemoryRefused.explain(prediction)
    try consensus.attempt { try rehearse(estimate, prediction) }
  }

  /// Of this rank.
  private func predicted() throws -> MemoryEstimate {
    let options = plan.planOptions(threads: threads)
    guard let trainer = roles.trainers.firstIndex(of: everyone.rank) else {
      let footprint = try Replica.footprint(
        plan.graph, batches: .init(training: [], evaluation: [plan.evaluationRows]), options: options)
      return MemoryEstimate(coordinating: plan, footprint: footprint)
    }
    let footprint = try Replica.footprint(
      plan.graph, variants: plan.variants, batches: plan.batches(rank: trainer), options: options)
    return MemoryEstimate(plan, rank: trainer, footprint: footprint, images: images)
  }

  /// Where addresses are limited, they are tried: a limit on them counts what is never touched too, stacks above all.
  private func rehearse(_ estimate: MemoryEstimate, _ prediction: String) throws {
    guard SystemLimits.addressSpace != nil else { return }
    let threads = threads - 1 + 2 * plan.configuration.data.workers
    try rehearseAddresses(bytes: estimate.unallocatedBytes + threads * SystemLimits.stackBytes, prediction)
  }
}
