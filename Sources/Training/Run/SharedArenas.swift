import Collectives
import Tensors

/// Memory of a replica that the ranks of a host see too, where they share any: the gradients, which they add up there, and
/// with a sharded update the parameters, which they hand each other. The first memory of a run, since algorithms are measured
/// on it.
package final class SharedArenas {
  private let window: SharedWindow?
  /// Where there is no window.
  private let own: AlignedBuffer
  private let layout: ArenaLayout
  private let hasParameters: Bool

  /// Every rank calls it.
  package init(_ plan: RunPlan, communicator: Communicator) throws {
    layout = plan.parameters.parameters
    hasParameters = plan.configuration.optimizer.sharded
    // One window for both: a segment must be the same of parameters and gradients, so both lie in one or neither does.
    let bytes = layout.bytes * (hasParameters ? 2 : 1)
    window = try communicator.makeWindow(bytes: bytes)
    own = AlignedBuffer(bytes: window == nil ? bytes : 0)
  }

  private var bytes: UnsafeMutableRawBufferPointer { window?.bytes ?? own.bytes }

  private var gradientBytes: UnsafeMutableRawBufferPointer { .init(rebasing: bytes[..<layout.bytes]) }

  /// All zero before the first step.
  package var gradients: UnsafeMutableBufferPointer<Float> { gradientBytes.bindMemory(to: Float.self) }

  /// The memory of the gradients, for a replica.
  func lendGradients() -> AlignedBuffer { AlignedBuffer(lending: gradientBytes, of: self) }

  /// The memory of the parameters; nil where nobody else needs to see them.
  func lendParameters() -> AlignedBuffer? {
    hasParameters ? AlignedBuffer(lending: .init(rebasing: bytes[layout.bytes...]), of: self) : nil
  }
}
