import Tensors

extension SafetensorsFile {
  /// Fills every destination from the tensor of its name.
  ///
  /// Throws `CheckpointError.mismatch`, with nothing written, unless the file has exactly these names, shapes and
  /// types. A file that cannot be read to its end throws after some destinations have been filled.
  public func restore(into destinations: [TensorDestination]) throws {
    let tensors = Dictionary(uniqueKeysWithValues: header.tensors.map { ($0.name, $0) })
    let wanted = Set(destinations.map(\.name))
    precondition(wanted.count == destinations.count, "two destinations share a name")
    let mismatch = RestoreMismatch(
      path: path, expectedCount: destinations.count, foundCount: header.tensors.count,
      missing: destinations.map(\.name).filter { tensors[$0] == nil },
      unexpected: header.tensors.map(\.name).filter { !wanted.contains($0) },
      different: destinations.compactMap { destination in
        guard let tensor = tensors[destination.name],
          tensor.shape != destination.shape || tensor.type != destination.type
        else { return nil }
        return RestoreMismatch.Difference(
          name: destination.name, expected: "\(destination.type) \(destination.shape)",
          found: "\(tensor.type) \(tensor.shape)")
      })
    if !mismatch.isEmpty { throw CheckpointError.mismatch(mismatch) }
    for destination in destinations {
      if let tensor = tensors[destination.name] { try read(tensor, into: destination.bytes) }
    }
  }
}

/// Everything in which a file of tensors differs from the memory that it should fill.
public struct RestoreMismatch: Hashable, Sendable, CustomStringConvertible {
  public struct Difference: Hashable, Sendable {
    public let name: String
    /// Type and shape, as in `f32 64x3x7x7`.
    public let expected: String
    public let found: String
  }

  public let path: String
  public let expectedCount: Int
  public let foundCount: Int
  /// Names that only the memory has.
  public let missing: [String]
  /// Names that only the file has.
  public let unexpected: [String]
  /// Tensors of another shape or type.
  public let different: [Difference]

  var isEmpty: Bool { missing.isEmpty && unexpected.isEmpty && different.isEmpty }

  public var description: String {
    let differences = different.map { "\($0.name): expected \($0.expected), found \($0.found)" }
    let parts = [
      Self.part("missing", missing), Self.part("unexpected", unexpected),
      Self.part("of another shape or type", differences),
    ]
    return "\(path) is of another network: expected \(expectedCount) tensors, found \(foundCount); "
      + parts.compactMap { $0 }.joined(separator: "; ")
      + ". Check the model's name, its options and the number of classes, or choose another checkpoint"
  }

  /// A count and a few of the names; nil when there are none.
  private static func part(_ word: String, _ names: [String]) -> String? {
    if names.isEmpty { return nil }
    let shown = 3
    let rest = names.count > shown ? ", and \(names.count - shown) more" : ""
    return "\(names.count) \(word) (\(names.prefix(shown).joined(separator: ", "))\(rest))"
  }
}
