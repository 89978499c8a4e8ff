/// Weights on their way from the arena, where they are f32 and dense, to the layout and type that a primitive takes.
struct WeightStaging {
  /// Of the copy; 0 where the primitive takes the arena's own.
  let bytes: Int
  private let reorder: Reorder?

  init(from arena: MemoryDescriptor, to taken: MemoryDescriptor, _ subject: String, on engine: Engine) throws {
    let isArena = arena == taken
    bytes = isArena ? 0 : taken.bytes
    reorder = isArena ? nil : try Reorder(from: arena, to: taken, "the weights of " + subject, on: engine)
  }

  /// Where the primitive finds the weights: in `staging`, to which the first tile copies them.
  func weights(
    _ weights: UnsafeMutablePointer<Float>, staging: UnsafeMutableRawPointer, isFirst: Bool
  ) throws -> UnsafeMutableRawPointer {
    guard let reorder else { return UnsafeMutableRawPointer(weights) }
    if isFirst { try reorder.run(from: weights, to: staging) }
    return staging
  }
}
