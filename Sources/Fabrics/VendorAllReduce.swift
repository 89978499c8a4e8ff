/// A fabric whose library brings an all-reduce of its own: the yardstick for ours. Its order of
/// summation is its own affair.
public protocol VendorAllReduce: Fabric {
  /// The call's name in the library's documentation.
  var vendorAllReduceName: String { get }

  /// Starts replacing `values` by their sums over the ranks; returns at once. Every rank calls it, with the same count. It
  /// moves on while the fabric is asked whether it has finished.
  func startVendorAllReduce(_ values: UnsafeMutableBufferPointer<Float>) throws -> Transfer

  /// Replaces `values` by their sums over the ranks. Every rank calls it, with the same count; blocks, without deadline.
  func vendorAllReduce(_ values: UnsafeMutableBufferPointer<Float>) throws

  /// The same from one memory into another: `source` stays as it is, `target` has as many elements and receives the sums.
  /// They do not overlap.
  func vendorAllReduce(
    from source: UnsafeBufferPointer<Float>, into target: UnsafeMutableBufferPointer<Float>
  ) throws
}
