import Kernels
import Tensors

/// The place of one operation in one plan: its sizes, its parameters, and what it shares with others. All pointers stay
/// valid as long as the replica lives.
public struct Site {
  public let name: String
  /// Samples of the batch, on this rank, and of each call.
  public let batch: Int
  public let tile: Int
  public let isTraining: Bool
  /// Shapes of one sample.
  public let inputShapes: [Shape]
  public let outputShape: Shape
  /// How the activations of every call are stored: f32, or bf16 for operations that accept it.
  public let type: ElementType
  /// Which inputs' gradients are wanted; all false in evaluation.
  public let wantsGradient: [Bool]

  public let parameters: [UnsafeMutableBufferPointer<Float>]
  public let parameterGradients: [UnsafeMutableBufferPointer<Float>]
  public let statistics: [UnsafeMutableBufferPointer<Float>]

  public let engine: Engine
  /// The staging buffers of the engine that its calls may be given.
  public let slots: Set<Int>
  /// Where a `PreparedExchange` gathers its numbers, forward and backward; nil for other operations and in evaluation.
  public let moments: ChannelMoments?
  public let gradientSums: ChannelSums?
  public let randomness: PassRandomness

  /// Elements of one tile.
  func inputElements(_ index: Int) -> Int { tile * inputShapes[index].elements }
  var outputElements: Int { tile * outputShape.elements }
}

/// Per-channel numbers `[C]` that are merged over the tiles of a batch and over ranks. Zero before the first tile.
public struct ChannelMoments {
  public let channels: Int
  /// Values per channel: of this rank while gathering, of all ranks when the forward pass is complete.
  public let counts: UnsafeMutablePointer<Double>
  public let means: UnsafeMutablePointer<Double>
  public let squaredDeviations: UnsafeMutablePointer<Double>
}

/// Sums of the backward pass `[C]`, likewise.
public struct ChannelSums {
  public let sums: UnsafeMutablePointer<Double>
  public let centredSums: UnsafeMutablePointer<Double>
}

/// What random operations draw from in the current pass: functions of (seed, step, sample), so that they depend neither on
/// world size nor on tiles, and that a restored output has the same bits.
public final class PassRandomness {
  public var seed: UInt64 = 0
  public var step = 0
  /// The numbers, within the global batch, of this rank's samples; empty: 0, 1, 2, ...
  public var samples: [Int] = []

  public init() {}

  public func sample(_ index: Int) -> Int { samples.isEmpty ? index : samples[index] }
}
