import COneDNN

/// oneDNN's description of a tensor: logical dimensions, f32, and a layout, which may be left to the library.
final class MemoryDescriptor {
  let handle: dnnl_memory_desc_t

  private init(_ handle: dnnl_memory_desc_t) { self.handle = handle }

  deinit { dnnl_memory_desc_destroy(handle) }

  convenience init(_ dimensions: [Int], _ tag: dnnl_format_tag_t) throws {
    var handle: dnnl_memory_desc_t?
    let extents = dimensions.map { dnnl_dim_t($0) }
    try check(
      dnnl_memory_desc_create_with_tag(&handle, Int32(extents.count), extents, dnnl_f32, tag),
      "dnnl_memory_desc_create_with_tag", "a tensor \(dimensions)")
    self.init(handle!)
  }

  /// A copy of the description that a primitive chose.
  convenience init(copying chosen: const_dnnl_memory_desc_t, of subject: String) throws {
    var handle: dnnl_memory_desc_t?
    try check(dnnl_memory_desc_clone(&handle, chosen), "dnnl_memory_desc_clone", subject)
    self.init(handle!)
  }

  var bytes: Int { Int(dnnl_memory_desc_get_size(handle)) }

  /// Activations `[N, C, H, W]` stored as N, H, W, C.
  static func channelsLast(_ dimensions: [Int]) throws -> MemoryDescriptor {
    try MemoryDescriptor(dimensions, dnnl_acdb)
  }

  /// Row-major storage in the order of the dimensions.
  static func dense(_ dimensions: [Int]) throws -> MemoryDescriptor {
    let tags = [dnnl_a, dnnl_ab, dnnl_abc, dnnl_abcd, dnnl_abcde]
    return try MemoryDescriptor(dimensions, tags[dimensions.count - 1])
  }

  /// The layout that the primitive likes best.
  static func any(_ dimensions: [Int]) throws -> MemoryDescriptor {
    try MemoryDescriptor(dimensions, dnnl_format_tag_any)
  }
}
