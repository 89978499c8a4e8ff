/// Samples ready for a network, lent by a `Loader` until its next call of `next()` or its end.
public struct Batch {
  /// May be 0: a rank that has no part in a step.
  public let count: Int
  /// Of each sample.
  public let views: Int
  /// f32 `[count, views, imageSize, imageSize, 3]`, normalised, red first, aligned to 64 bytes.
  public let images: UnsafePointer<Float>
  /// Class indices, `[count]`.
  public let labels: UnsafePointer<Int32>
  /// Of the samples that those of the batch were mixed with, `[count]`; nil where nothing is mixed.
  public let otherLabels: UnsafePointer<Int32>?
  /// How much of each image, and so of its target, is of `labels`; the rest is of `otherLabels`. `[count]`, 0 to 1.
  public let shares: UnsafePointer<Float>?
  /// Numbers of the samples in the data set, `[count]`.
  public let samples: UnsafePointer<Int>
  /// Samples that could not be read, in the order of the batch; the others stand in their places. Empty unless the loader
  /// has a rule for it.
  public let substitutions: [Substitution]
}
