/// A named tensor inside an arena.
public struct ArenaPart: Hashable, Sendable {
  public let name: String
  public let type: ElementType
  public let shape: Shape
  /// Bytes from the start of the arena; a multiple of `AlignedBuffer.alignment`.
  public let offset: Int

  public var bytes: Int { shape.elements * type.bytes }
  public var byteRange: Range<Int> { offset..<offset + bytes }
}

/// Where every tensor of one allocation lies: a table of names, types, shapes and offsets.
///
/// Parts lie in the order given, each on a cache line of its own. The bytes between them are zero and stay zero,
/// so that element-wise work and sums over ranks may run over whole ranges without looking at the table.
public struct ArenaLayout: Hashable, Sendable {
  public let parts: [ArenaPart]
  /// Bytes of the whole arena, padding included.
  public let bytes: Int

  /// Traps when two tensors share a name.
  public init(_ tensors: [(name: String, type: ElementType, shape: Shape)]) {
    var parts: [ArenaPart] = []
    var offset = 0
    for tensor in tensors {
      let part = ArenaPart(name: tensor.name, type: tensor.type, shape: tensor.shape, offset: offset)
      parts.append(part)
      offset = roundUp(offset + part.bytes, to: AlignedBuffer.alignment)
    }
    precondition(Set(parts.map(\.name)).count == parts.count, "two parts of an arena share a name")
    self.parts = parts
    self.bytes = offset
  }

  public func part(named name: String) -> ArenaPart? {
    parts.first { $0.name == name }
  }
}

/// One allocation with named parts.
public struct Arena: ~Copyable {
  public let layout: ArenaLayout
  private let buffer: AlignedBuffer

  /// Allocates the layout's bytes, all zero.
  public init(_ layout: ArenaLayout) {
    self.layout = layout
    self.buffer = AlignedBuffer(bytes: layout.bytes)
  }

  /// An arena in memory that somebody else provides: zero-filled, of the layout's size.
  public init(_ layout: ArenaLayout, in buffer: consuming AlignedBuffer) {
    precondition(buffer.bytes.count == layout.bytes, "\(buffer.bytes.count) bytes for an arena of \(layout.bytes)")
    self.layout = layout
    self.buffer = buffer
  }

  /// The whole arena, padding included.
  public var bytes: UnsafeMutableRawBufferPointer { buffer.bytes }

  /// One part's bytes.
  public func bytes(of part: ArenaPart) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[part.byteRange])
  }

  /// One part as f32 elements; traps when it is of another type.
  public func floats(of part: ArenaPart) -> UnsafeMutableBufferPointer<Float> {
    precondition(part.type == .f32, "\(part.name) is \(part.type), not f32")
    return bytes(of: part).bindMemory(to: Float.self)
  }

  /// The whole arena as f32 elements, for arenas that hold nothing else.
  public var floats: UnsafeMutableBufferPointer<Float> { buffer.elements(Float.self) }
}
