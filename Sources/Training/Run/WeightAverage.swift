import Kernels
import Network
import Optimizers
import Tensors

/// The average of a replica's weights and running statistics over the steps.
///
/// Every rank has the whole of it, also where the update is sharded: replicas are equal, so are their averages, and nothing is
/// exchanged for it. Running statistics are averaged like weights (PyTorch's `use_buffers`): those of the newest weights
/// are not those of the averaged ones, and another pass over the training images to find them would cost an epoch.
package final class WeightAverage {
  private let plan: AveragingPlan
  private let replica: Replica
  package let parameters: Arena
  package let statistics: Arena

  /// Nil where nothing is averaged.
  init?(_ plan: RunPlan, of replica: Replica) {
    guard let averaging = plan.averaging else { return nil }
    (self.plan, self.replica) = (averaging, replica)
    parameters = Arena(replica.table.parameters)
    statistics = Arena(replica.table.statistics)
  }

  /// That it takes on every rank.
  static func bytes(_ plan: RunPlan) -> Int {
    plan.averaging == nil ? 0 : plan.parameters.parameters.bytes + plan.parameters.statistics.bytes
  }

  /// Called after every step, with the number of steps done. One without an update moves nothing; an average that is to begin
  /// with it does.
  func update(after steps: Int, isLeftOut: Bool = false) {
    guard let action = plan.action(after: steps), !isLeftOut || action == .begin else { return }
    forEachPart { average, values in
      switch action {
      case .begin: _ = average.update(fromContentsOf: values)
      case .update: plan.average.update(average, with: UnsafeBufferPointer(values))
      }
    }
  }

  /// Whether it is anything else than the weights themselves.
  package func hasBegun(after steps: Int) -> Bool { plan.hasBegun(after: steps) }

  /// Lets `body` see the replica with averaged weights and statistics in place of its own.
  package func whileInPlace<Result>(_ body: () throws -> Result) rethrows -> Result {
    exchange()
    defer { exchange() }
    return try body()
  }

  private func exchange() {
    forEachPart { average, values in
      for index in average.indices { (average[index], values[index]) = (values[index], average[index]) }
    }
  }

  private typealias Floats = UnsafeMutableBufferPointer<Float>

  /// On all threads of the rank: one alone does not keep memory busy.
  private func forEachPart(_ body: (_ average: Floats, _ values: Floats) -> Void) {
    forEachPart(parameters.floats, replica.parameters, body)
    forEachPart(statistics.floats, replica.statistics, body)
  }

  private func forEachPart(_ average: Floats, _ values: Floats, _ body: (Floats, Floats) -> Void) {
    replica.team.forEachRange(of: average.count, atLeast: 1 << 18) { range in
      body(Floats(rebasing: average[range]), Floats(rebasing: values[range]))
    }
  }
}
