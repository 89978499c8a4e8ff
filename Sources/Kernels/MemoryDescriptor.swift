import COneDNN
import Tensors

/// oneDNN's description of a tensor: logical dimensions, element type, and a layout, which may be left to the library.
final class MemoryDescriptor: Equatable {
  let handle: dnnl_memory_desc_t

  private init(_ handle: dnnl_memory_desc_t) { self.handle = handle }

  deinit { dnnl_memory_desc_destroy(handle) }

  convenience init(_ dimensions: [Int], _ type: ElementType, _ tag: dnnl_format_tag_t) throws {
    var handle: dnnl_memory_desc_t?
    let extents = dimensions.map { dnnl_dim_t($0) }
    try check(
      dnnl_memory_desc_create_with_tag(&handle, Int32(extents.count), extents, type.oneDNN, tag),
      "dnnl_memory_desc_create_with_tag", "a tensor \(dimensions)")
    self.init(handle!)
  }

  /// A copy of the description that a primitive chose.
  convenience init(copying chosen: const_dnnl_memory_desc_t, of subject: String) throws {
    var handle: dnnl_memory_desc_t?
    try check(dnnl_memory_desc_clone(&handle, chosen), "dnnl_memory_desc_clone", subject)
    self.init(handle!)
  }

  /// The same dimensions, type and layout.
  static func == (left: MemoryDescriptor, right: MemoryDescriptor) -> Bool {
    dnnl_memory_desc_equal(left.handle, right.handle) == 1
  }

  var bytes: Int { Int(dnnl_memory_desc_get_size(handle)) }

  /// Activations `[N, C, H, W]` stored as N, H, W, C.
  static func channelsLast(_ dimensions: [Int], _ type: ElementType = .f32) throws -> MemoryDescriptor {
    try MemoryDescriptor(dimensions, type, dnnl_acdb)
  }

  /// Row-major storage in the order of the dimensions.
  static func dense(_ dimensions: [Int], _ type: ElementType = .f32) throws -> MemoryDescriptor {
    let tags = [dnnl_a, dnnl_ab, dnnl_abc, dnnl_abcd, dnnl_abcde]
    return try MemoryDescriptor(dimensions, type, tags[dimensions.count - 1])
  }

  /// Weights `[K, C, H, W]` or `[G, K/G, C/G, H, W]` stored with C outside of K.
  static func inputsFirst(_ dimensions: [Int]) throws -> MemoryDescriptor {
    try MemoryDescriptor(dimensions, .f32, dimensions.count == 4 ? dnnl_bacd : dnnl_acbde)
  }

  /// The layout that the primitive likes best.
  static func any(_ dimensions: [Int], _ type: ElementType = .f32) throws -> MemoryDescriptor {
    try MemoryDescriptor(dimensions, type, dnnl_format_tag_any)
  }
}

extension ElementType {
  fileprivate var oneDNN: dnnl_data_type_t {
    switch self {
    case .f32: dnnl_f32
    case .bf16: dnnl_bf16
    case .f64: dnnl_f64
    case .u8: dnnl_u8
    case .i64: preconditionFailure("oneDNN has no 64-bit integers")
    }
  }
}
