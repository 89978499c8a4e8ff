import Checkpoints
import Collectives
import Network
import Optimizers
import Tensors

/// Moves the parameters by the gradients' sums. Each rank updates all of them, or, where the update is sharded, its own
/// segment of every bucket, with the optimizer's state of that alone; then the ranks hand each other the new weights.
///
/// Both ways give the same bits: a reduce-scatter leaves the sums that an all-reduce leaves, and an update is element-wise.
package final class ParameterUpdate {
  /// What this rank updates.
  let plan: UpdatePlan
  private let optimizer: SGD
  private let replica: Replica
  private let arenas: SharedArenas
  private let state: AlignedBuffer
  /// Of the parameters, and of the state where it is put together; nil where the update is not sharded.
  private let weights: SegmentExchange?
  /// The elements whose sums this rank looks at: those that it alone updates with, or its even part of all, since the others
  /// look at theirs. None where there are no others: it has looked at its gradients.
  private let looksAt: [Range<Int>]
  private let velocities: SegmentExchange?

  /// The communicator's algorithms stay as they are from here on: they say which elements are whose.
  init(_ plan: RunPlan, replica: Replica, arenas: SharedArenas, communicator: Communicator) throws {
    let settings = plan.configuration.optimizer
    optimizer = try SGD(
      momentum: settings.momentum, nesterov: settings.nesterov, weightDecay: settings.weightDecay)
    (self.replica, self.arenas) = (replica, arenas)
    let gradients = replica.gradients
    let owned =
      settings.sharded
      ? try communicator.segments(of: plan.buckets, in: gradients) : [gradients.indices]
    self.plan = UpdatePlan(plan.updateRanges, owned: owned)
    looksAt = settings.sharded ? owned : communicator.evenPart(of: gradients.indices).map { [$0] } ?? []
    state = AlignedBuffer(bytes: self.plan.stateElements * ElementType.f32.bytes)
    func exchange(_ arena: UnsafeMutableBufferPointer<Float>, _ label: String) -> SegmentExchange? {
      settings.sharded
        ? SegmentExchange(plan.buckets, arena: arena, label: label, communicator: communicator) : nil
    }
    weights = exchange(replica.parameters, "weight")
    velocities = exchange(gradients, "optimizer state")
  }

  var isSharded: Bool { weights != nil }

  /// The optimizer's state of the elements that this rank updates.
  package var velocity: UnsafeMutableBufferPointer<Float> { state.elements(Float.self) }

  /// The first element of the arena whose sum is an infinity or a NaN, of those that this rank looks at. Ranks look at their
  /// own gradients before these are summed, so that only an overflow or damage on the way can show here.
  package var firstNonFiniteSum: Int? {
    var first: Int?
    for elements in looksAt {
      let sums = UnsafeBufferPointer(rebasing: replica.gradients[elements])
      guard let index = indexOfFirstNonFinite(sums) else { continue }
      first = min(first ?? .max, elements.lowerBound + index)
    }
    return first
  }

  /// Updates what this rank updates, and starts handing it on.
  func run(rate: Double, gradientScale: Double) throws {
    for (bucket, piece) in plan.pieces.enumerated() {
      optimizer.update(
        parameters: UnsafeMutableBufferPointer(rebasing: replica.parameters[piece.elements]),
        gradients: UnsafeBufferPointer(rebasing: replica.gradients[piece.elements]),
        velocity: UnsafeMutableBufferPointer(rebasing: velocity[piece.state]), ranges: piece.ranges, rate: rate,
        gradientScale: gradientScale)
      try weights?.send(bucket: bucket)
    }
  }

  /// Waits until all parameters are those after the update.
  func finish() throws { try weights?.finish() }
}

extension ParameterUpdate {
  /// Views of this rank's part of the state, tensor by tensor, in `bytes`, a copy of `velocity`.
  func slices(in bytes: UnsafeRawBufferPointer) -> [TensorView] {
    plan.pieces.flatMap { piece in
      let start = piece.state.lowerBound * ElementType.f32.bytes
      let part = bytes[start..<start + piece.state.count * ElementType.f32.bytes]
      return TensorView.slices(
        of: replica.table.parameters, piece.elements, in: UnsafeRawBufferPointer(rebasing: part))
    }
  }
}

// Between steps: the whole state of the optimizer in one place, for checkpoints. Where the update is sharded that place is
// the memory of the gradients, which the next step fills anew.
extension ParameterUpdate {
  /// Where the whole state lies, in the layout of the parameters.
  var wholeVelocity: Arena {
    let layout = replica.table.parameters
    guard isSharded else { return Arena(layout, in: AlignedBuffer(lending: state.bytes, of: self)) }
    return Arena(layout, in: arenas.lendGradients())
  }

  /// Brings the whole state together, on every rank. Every rank calls it, between steps; valid until the next step.
  package func gatherVelocity() throws -> Arena {
    let whole = wholeVelocity
    guard let velocities else { return whole }
    do {
      for (bucket, piece) in plan.pieces.enumerated() {
        _ = whole.floats[piece.elements].update(fromContentsOf: velocity[piece.state])
        try velocities.send(bucket: bucket)
      }
      try velocities.finish()
    } catch {
      // Messages may still be under way over this memory: it stays until the process ends.
      _ = Unmanaged.passRetained(self)
      throw error
    }
    return whole
  }

  /// Takes from the whole state what is this rank's.
  func takeVelocity() {
    guard isSharded else { return }
    let whole = wholeVelocity
    for piece in plan.pieces { _ = velocity[piece.state].update(fromContentsOf: whole.floats[piece.elements]) }
  }
}

extension Communicator {
  /// This rank's part of as many as there are ranks; nil where it is the only one.
  fileprivate func evenPart(of whole: Range<Int>) -> Range<Int>? {
    guard worldSize > 1 else { return nil }
    return whole.count * rank / worldSize..<whole.count * (rank + 1) / worldSize
  }

  /// This rank's segment of every bucket, as elements of the arena.
  fileprivate func segments(
    of plan: BucketPlan, in arena: UnsafeMutableBufferPointer<Float>
  ) throws -> [Range<Int>] {
    try plan.buckets.map { bucket in
      let segment = try segment(of: UnsafeMutableBufferPointer(rebasing: arena[bucket.elements]))
      let start = bucket.elements.lowerBound
      return start + segment.lowerBound..<start + segment.upperBound
    }
  }
}
