import Checkpoints
import Foundation
import Tensors

/// The whole of the optimizer's state in a checkpoint, in one file or put together from parts: equal for equal states.
public func optimizerState(ofCheckpoint path: String) throws -> Foundation.Data {
  let checkpoint = try Checkpoint(opening: path)
  let model = try checkpoint.tensors(.model)
  let parameters = model.header.tensors.filter { $0.type == .f32 && !$0.name.contains("running_") }
  let whole = Arena(ArenaLayout(parameters.map { (name: $0.name, type: $0.type, shape: $0.shape) }))
  try checkpoint.restoreOptimizer(into: TensorDestination.parts(of: whole))
  return Foundation.Data(whole.bytes)
}
