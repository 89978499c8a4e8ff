import Glibc
import Platform

/// Zero-filled memory aligned to a cache line, in huge pages where it is large, owned by one place and freed with it.
///
/// Pointers lent by `bytes` are valid as long as the owner lives; nothing may keep them longer.
public struct AlignedBuffer: ~Copyable {
  /// A cache line, and the width of the widest vector register.
  public static let alignment = 64

  private static let hugePage = 1 << 21

  public let bytes: UnsafeMutableRawBufferPointer
  /// Whose memory it is, where it is not this buffer's own.
  private let owner: AnyObject?

  /// Memory of `owner`, which lives as long as the buffer; zero-filled and aligned like a buffer's own.
  public init(lending bytes: UnsafeMutableRawBufferPointer, of owner: AnyObject) {
    precondition(Int(bitPattern: bytes.baseAddress) % Self.alignment == 0, "memory that is not aligned")
    (self.bytes, self.owner) = (bytes, owner)
  }

  /// Ends the process, as `MemoryRefused` does, where the system gives no memory.
  public init(bytes count: Int) {
    precondition(count >= 0, "a buffer of \(count) bytes")
    let isLarge = count >= 2 * Self.hugePage
    var memory: UnsafeMutableRawPointer?
    guard posix_memalign(&memory, isLarge ? Self.hugePage : Self.alignment, max(count, 1)) == 0 else {
      MemoryRefused.end(asking: count)
    }
    bytes = UnsafeMutableRawBufferPointer(start: memory, count: count)
    // A request that the kernel may refuse: then pages are small.
    if isLarge { madvise(bytes.baseAddress, count, MADV_HUGEPAGE) }
    bytes.initializeMemory(as: UInt8.self, repeating: 0)
    owner = nil
  }

  deinit { if owner == nil { free(bytes.baseAddress) } }

  /// The memory as elements of a trivial type.
  public func elements<Element: BitwiseCopyable>(_ type: Element.Type) -> UnsafeMutableBufferPointer<Element> {
    bytes.bindMemory(to: type)
  }
}

/// The smallest multiple of `unit` that is at least `value`.
public func roundUp(_ value: Int, to unit: Int) -> Int {
  (value + unit - 1) / unit * unit
}
