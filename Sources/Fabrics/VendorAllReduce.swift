/// A fabric whose library brings an all-reduce of its own: the yardstick for ours, and never used in training, because
/// its order of summation is its own affair.
public protocol VendorAllReduce: Fabric {
  /// The call's name in the library's documentation.
  var vendorAllReduceName: String { get }

  /// Replaces `values` by their sums over the ranks. Every rank calls it, with the same count; blocks, without deadline.
  func vendorAllReduce(_ values: UnsafeMutableBufferPointer<Float>) throws
}
