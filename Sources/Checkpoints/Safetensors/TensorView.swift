import Tensors

/// A named tensor that is to be written: dense, in row-major order, little endian.
///
/// The memory belongs to the caller and must stay as it is until the call that gets the view has returned. Because of
/// that promise a view may go to another thread.
public struct TensorView: @unchecked Sendable {
  public let name: String
  public let type: ElementType
  public let shape: Shape
  public let bytes: UnsafeRawBufferPointer

  /// Traps when the shape and the type do not make the memory's size.
  public init(name: String, type: ElementType, shape: Shape, bytes: UnsafeRawBufferPointer) {
    precondition(
      bytes.count == shape.elements * type.bytes, "\(name): \(bytes.count) bytes for a \(type) tensor of \(shape)")
    self.name = name
    self.type = type
    self.shape = shape
    self.bytes = bytes
  }

  /// Views of all parts of an arena.
  public static func parts(of arena: borrowing Arena) -> [TensorView] {
    var views: [TensorView] = []
    for part in arena.layout.parts {
      let bytes = UnsafeRawBufferPointer(arena.bytes(of: part))
      views.append(TensorView(name: part.name, type: part.type, shape: part.shape, bytes: bytes))
    }
    return views
  }
}

/// A named tensor that is to be filled; otherwise like `TensorView`.
public struct TensorDestination {
  public let name: String
  public let type: ElementType
  public let shape: Shape
  public let bytes: UnsafeMutableRawBufferPointer

  /// Traps when the shape and the type do not make the memory's size.
  public init(name: String, type: ElementType, shape: Shape, bytes: UnsafeMutableRawBufferPointer) {
    precondition(
      bytes.count == shape.elements * type.bytes, "\(name): \(bytes.count) bytes for a \(type) tensor of \(shape)")
    self.name = name
    self.type = type
    self.shape = shape
    self.bytes = bytes
  }

  /// All parts of an arena.
  public static func parts(of arena: borrowing Arena) -> [TensorDestination] {
    var destinations: [TensorDestination] = []
    for part in arena.layout.parts {
      let bytes = arena.bytes(of: part)
      destinations.append(TensorDestination(name: part.name, type: part.type, shape: part.shape, bytes: bytes))
    }
    return destinations
  }
}
