import Foundation
import Network

/// A plan in words and tables, for people: what `dist-train plan` prints.
public struct PlanReport: CustomStringConvertible {
  private let plan: RunPlan
  /// Of the first rank that trains, whose batches are the largest.
  private let passes: [ExecutionPlan]
  private var roles: JobRoles { JobRoles(of: plan) }
  private let memory: MemoryEstimate

  /// - Parameter threads: of each rank. Prepares rank 0's replica, since oneDNN alone can tell what it needs here.
  public init(_ plan: RunPlan, threads: Int) throws {
    self.plan = plan
    let (batches, options) = (plan.batches(rank: 0), plan.planOptions(threads: threads))
    passes = Replica.plans(plan.graph, batches, options).filter { $0.batch > 0 }
    let footprint = try Replica.footprint(
      plan.graph, variants: plan.variants, batches: batches, options: options)
    memory = MemoryEstimate(plan, rank: 0, footprint: footprint, images: .loaded)
  }

  public var description: String {
    let training = passes.filter { $0.mode == .training }.max { $0.batch < $1.batch }
    let sections = [
      summary, nodes, training.map { PassReport(pass: $0).text }, MemoryReport(estimate: memory, passes: passes).text,
      gradients, shards, rates,
    ]
    let warnings = plan.warnings.map { "Warning: \($0)" }
    return (sections.compactMap(\.self) + warnings).joined(separator: "\n\n") + "\n"
  }

  /// The prediction of a rank's memory as one line of JSON.
  public func json() throws -> String { try MemoryJSON(estimate: memory, passes: passes).json() }

  private var summary: String {
    let (configuration, ranks) = (plan.configuration, roles.ranks)
    return """
      \(configuration.name): \(plan.graph.name) on \(ranks) rank\(ranks == 1 ? "" : "s")\(roles.isDedicated ? "\n  \(roles)" : "")
        \(grouped(plan.parameters.parameterCount)) parameters in \(plan.parameters.parameters.parts.count) tensors, \
      \(plan.graph.nodes.count) operations, precision \(configuration.precision.type.rawValue)
        \(plan.totalSteps) steps of \(configuration.batch.global) images, \(plan.shards.stepsPerEpoch) an epoch
        plan digest \(plan.digest)
      """
  }

  private var nodes: String {
    var rows = [["operation", "kind", "output of one image", "parameters"]]
    for (index, node) in plan.graph.nodes.enumerated() {
      let parts = plan.parameters.partsOfNode[index].parameters
      let count = plan.parameters.parameters.parts[parts].reduce(0) { $0 + $1.shape.elements }
      rows.append([
        node.name, node.operation.operation.kind, plan.graph.shape(of: node.output).description,
        count > 0 ? grouped(count) : "",
      ])
    }
    return "Network, input \(plan.graph.shape(of: plan.graph.input))\n" + TextTable(rows, rightAligned: [3]).text
  }

  private var gradients: String {
    var rows = [["bucket", "tensors", "bytes", "first and last tensor"]]
    let parts = plan.parameters.parameters.parts
    for (index, bucket) in plan.buckets.buckets.enumerated() {
      rows.append([
        "\(index)", "\(bucket.parts.count)", grouped(bucket.bytes),
        "\(parts[bucket.parts.lowerBound].name) ... \(parts[bucket.parts.upperBound - 1].name)",
      ])
    }
    return "Gradients, in the order in which buckets leave\n" + TextTable(rows, rightAligned: [0, 1, 2]).text
      + "\n  each rank sends \(sent)"
      + "\n  and \(megabytes(statisticsBytes)) of BatchNorm statistics (span \(plan.configuration.syncBatchNorm.span.text))"
  }

  /// What a ring sends of gradients, and of weights where each rank updates its own.
  private var sent: String {
    let bytes = plan.parameters.parameters.bytes
    let half = (plan.worldSize - 1) * bytes / plan.worldSize
    if plan.configuration.optimizer.sharded {
      return "\(megabytes(half)) of gradients and as much of weights a step (ring: (N - 1) / N of \(megabytes(bytes)))"
    }
    return "\(megabytes(2 * half)) of gradients a step (ring: 2 (N - 1) / N of \(megabytes(bytes)))"
  }

  /// Moments and their gradients' sums, two f64 a channel each and one count, to every other rank.
  private var statisticsBytes: Int {
    guard plan.configuration.syncBatchNorm.span != .none else { return 0 }
    let perRank = plan.graph.nodes.filter { $0.operation.operation.exchangesStatistics }
      .reduce(0) { $0 + 8 * (4 * plan.graph.shape(of: $1.output)[0] + 1) }
    return perRank * (plan.worldSize - 1)
  }

  private var shards: String {
    let steps = plan.shards.stepsPerEpoch
    var rows = [["rank", "images of a step", "images of an epoch's last step", "validation images"]]
    let shown = min(plan.worldSize, 16)
    if roles.isDedicated { rows.append(["\(roles.coordinator)", "", "", "\(plan.validation.samples)"]) }
    for rank in 0..<shown {
      rows.append([
        "\(roles.trainers[rank])", "\(plan.shards.localRange(step: 0, rank: rank).count)",
        "\(plan.shards.localRange(step: steps - 1, rank: rank).count)",
        roles.isDedicated ? "" : "\(plan.validation.range(rank: rank).count)",
      ])
    }
    let more = plan.worldSize > shown ? "\n  and \(plan.worldSize - shown) more ranks" : ""
    return
      "Shards of \(grouped(plan.shards.samples)) training and \(grouped(plan.validation.samples)) validation images\n"
      + TextTable(rows, rightAligned: [0, 1, 2, 3]).text + more
  }

  private var rates: String {
    let every = max(1, plan.epochs / 20)
    var steps = stride(from: 0, to: plan.epochs, by: every).map { $0 * plan.shards.stepsPerEpoch }
    if steps.last != plan.totalSteps - 1 { steps.append(plan.totalSteps - 1) }
    var rows = [["step", "epoch", "learning rate"]]
    for step in steps {
      rows.append([
        "\(step)", "\(plan.position(ofStep: step).epoch + 1)", String(format: "%.6g", plan.schedule.rate(atStep: step)),
      ])
    }
    return "Learning rate\n" + TextTable(rows, rightAligned: [0, 1, 2]).text
  }

  private func grouped(_ number: Int) -> String {
    let digits = String(number)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0 && (digits.count - index) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return text
  }
}
