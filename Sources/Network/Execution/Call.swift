import Tensors

/// One tile of a batch, as one operation sees it: where its tensors are. All pointers are to the tile's first sample, and
/// valid during the call.
///
/// Activations and their gradients are channels last, of the site's element type.
public struct Call {
  /// Samples of the batch that the tile holds; as many as `site.tile`.
  public let samples: Range<Int>
  public let isFirst: Bool
  public let isLast: Bool
  /// Which of the engine's staging buffers belong to this operation in this section.
  public let slot: Int

  public let inputs: [UnsafeMutableRawPointer]
  public let output: UnsafeMutableRawPointer
  /// The output's gradient; nil in a forward call.
  public let outputGradient: UnsafeMutableRawPointer?
  /// Where to write each input's gradient; nil where nobody wants it, and in a forward call.
  public let inputGradients: [UnsafeMutableRawPointer?]
  public let workspace: UnsafeMutableRawPointer?

  /// For operations that compute in f32.
  public func floats(ofInput index: Int) -> UnsafeMutablePointer<Float> {
    inputs[index].assumingMemoryBound(to: Float.self)
  }
  public var outputFloats: UnsafeMutablePointer<Float> { output.assumingMemoryBound(to: Float.self) }
  public var outputGradientFloats: UnsafeMutablePointer<Float> {
    outputGradient!.assumingMemoryBound(to: Float.self)
  }
  public func gradientFloats(ofInput index: Int) -> UnsafeMutablePointer<Float>? {
    inputGradients[index]?.assumingMemoryBound(to: Float.self)
  }
}
