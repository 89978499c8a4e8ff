/// How image files are read.
public struct DecodingOptions: Hashable, Sendable {
  /// What a warning of the decoding library means, such as a premature end or a bad Huffman code.
  public enum WarningPolicy: String, CaseIterable, Sendable {
    /// The image is damaged: an error.
    case fail
    /// The library's own result counts, grey where data is missing.
    case accept
  }

  /// What becomes of a mark in the file that says how the camera was held.
  public enum OrientationPolicy: String, CaseIterable, Sendable { case ignore, apply }

  public var limits: DecodingLimits
  public var onWarning: WarningPolicy
  public var orientation: OrientationPolicy
  /// Let libjpeg shrink a JPEG by 2, 4 or 8 while it decodes, where the crop is at least so much larger than the output.
  public var scaled: Bool

  public init(
    limits: DecodingLimits = DecodingLimits(), onWarning: WarningPolicy = .fail,
    orientation: OrientationPolicy = .ignore, scaled: Bool = false
  ) {
    self.limits = limits
    self.onWarning = onWarning
    self.orientation = orientation
    self.scaled = scaled
  }
}
