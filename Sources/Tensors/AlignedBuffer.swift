/// Zero-filled memory aligned to a cache line, owned by one place and freed with it.
///
/// Pointers lent by `bytes` are valid as long as the owner lives; nothing may keep them longer.
public struct AlignedBuffer: ~Copyable {
  /// A cache line, and the width of the widest vector register.
  public static let alignment = 64

  public let bytes: UnsafeMutableRawBufferPointer

  public init(bytes count: Int) {
    precondition(count >= 0, "a buffer of \(count) bytes")
    bytes = .allocate(byteCount: count, alignment: Self.alignment)
    bytes.initializeMemory(as: UInt8.self, repeating: 0)
  }

  deinit { bytes.deallocate() }

  /// The memory as elements of a trivial type.
  public func elements<Element: BitwiseCopyable>(_ type: Element.Type) -> UnsafeMutableBufferPointer<Element> {
    bytes.bindMemory(to: type)
  }
}

/// The smallest multiple of `unit` that is at least `value`.
public func roundUp(_ value: Int, to unit: Int) -> Int {
  (value + unit - 1) / unit * unit
}
