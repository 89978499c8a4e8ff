import COneDNN
import Tensors

/// Carries feature maps `[N, C, H, W]` from channels last into PyTorch's order (N, C, H, W in memory) and back: f32, or
/// bf16 where the processor has it.
public final class Transposition {
  private let forwardReorder, backwardReorder: Reorder

  public init(batch: Int, channels: Int, height: Int, width: Int, type: ElementType = .f32, on engine: Engine) throws {
    let shape = [batch, channels, height, width]
    let channelsLast = try MemoryDescriptor.channelsLast(shape, type)
    let dense = try MemoryDescriptor.dense(shape, type)
    let subject = "the transposition of \(shape)"
    forwardReorder = try Reorder(from: channelsLast, to: dense, subject, on: engine)
    backwardReorder = try Reorder(from: dense, to: channelsLast, subject, on: engine)
  }

  /// From channels last; the addresses must differ.
  public func forward(from source: UnsafeMutableRawPointer, to destination: UnsafeMutableRawPointer) throws {
    try forwardReorder.run(from: source, to: destination)
  }

  /// To channels last; the addresses must differ.
  public func backward(from source: UnsafeMutableRawPointer, to destination: UnsafeMutableRawPointer) throws {
    try backwardReorder.run(from: source, to: destination)
  }
}
