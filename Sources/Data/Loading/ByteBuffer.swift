/// Bytes in memory that grows to the largest use and is then reused: one owner, no allocation in steady state.
public struct ByteBuffer: ~Copyable {
  public private(set) var count = 0
  /// The largest file that may be read into the buffer, in bytes; kept by whoever reads one.
  public let fileLimit: Int
  private var storage = UnsafeMutableRawBufferPointer(start: nil, count: 0)

  public init(fileLimit: Int = .max) { self.fileLimit = fileLimit }

  deinit { storage.deallocate() }

  /// Makes the buffer `count` bytes long and lends them, uninitialized: earlier contents are lost. The memory is valid
  /// until the next call. `padding` more bytes after the end may be touched.
  public mutating func resize(to count: Int, padding: Int = 0) -> UnsafeMutableRawBufferPointer {
    if count + padding > storage.count {
      storage.deallocate()
      storage = .allocate(byteCount: count + count / 4 + padding, alignment: 64)
    }
    self.count = count
    return UnsafeMutableRawBufferPointer(rebasing: storage[..<count])
  }

  /// Keeps the first `count` bytes.
  public mutating func truncate(to count: Int) {
    precondition(count >= 0 && count <= self.count, "\(count) of \(self.count) bytes")
    self.count = count
  }

  /// The contents, valid until the next `resize`.
  public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: storage[..<count]) }
}
