import Tensors

// Where a step's memory can be spoiled.
extension FaultInjector {
  /// Gradients of this rank that are final and about to leave.
  func spoil(gradients: UnsafeMutableBufferPointer<Float>, _ elements: Range<Int>) throws {
    try spoil(.gradients, UnsafeMutableBufferPointer(rebasing: gradients[elements]), elements: elements)
  }

  /// The sums that this rank updates with.
  func spoilSums(_ update: ParameterUpdate, _ gradients: UnsafeMutableBufferPointer<Float>) throws {
    for piece in update.plan.pieces {
      try spoil(.sums, UnsafeMutableBufferPointer(rebasing: gradients[piece.elements]), elements: piece.elements)
    }
  }

  /// What the update has left.
  func spoilState(_ update: ParameterUpdate, _ parameters: UnsafeMutableBufferPointer<Float>) throws {
    try spoil(.weights, parameters, elements: parameters.indices)
    for piece in update.plan.pieces {
      try spoil(.momentum, UnsafeMutableBufferPointer(rebasing: update.velocity[piece.state]), elements: piece.elements)
    }
  }
}
