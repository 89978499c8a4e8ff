import Tensors

/// Tensors put together from slices in several files, of which no two overlap and none is missing before another.
struct SlicedTensors {
  struct Piece {
    let slice: TensorSlice
    let type: ElementType
    let file: String
  }

  private struct Tensor {
    var elements: Int
    var type: ElementType
    var file: String
  }

  private let path: String
  private let tensors: [String: Tensor]

  /// - Parameter path: the folder of the files.
  /// Throws `CheckpointError.broken` that names the tensor, the elements and the files at fault.
  init(path: String, _ pieces: [Piece]) throws {
    func broken(_ reason: String) -> CheckpointError { .broken(path: path, reason: "the optimizer's state: \(reason)") }
    var tensors: [String: Tensor] = [:]
    for piece in pieces.sorted(by: { $0.slice.elements.lowerBound < $1.slice.elements.lowerBound }) {
      let (slice, elements) = (piece.slice, piece.slice.elements)
      let before = tensors[slice.name] ?? Tensor(elements: 0, type: piece.type, file: piece.file)
      guard piece.type == before.type else {
        throw broken("\(slice.name) is \(before.type) in \(before.file) and \(piece.type) in \(piece.file)")
      }
      if elements.lowerBound < before.elements {
        throw broken("\(slice) in \(piece.file) overlaps what \(before.file) has of it")
      }
      if elements.lowerBound > before.elements {
        throw broken("\(TensorSlice(name: slice.name, elements: before.elements..<elements.lowerBound)) is in no part")
      }
      tensors[slice.name] = Tensor(elements: elements.upperBound, type: piece.type, file: piece.file)
    }
    self.path = path
    self.tensors = tensors
  }

  /// Throws `CheckpointError` unless these are the tensors of the destinations, to the last element.
  func check(against destinations: [TensorDestination]) throws {
    let wanted = Set(destinations.map(\.name))
    precondition(wanted.count == destinations.count, "two destinations share a name")
    let mismatch = RestoreMismatch(
      path: path, expectedCount: destinations.count, foundCount: tensors.count,
      // A tensor without elements is in no part.
      missing: destinations.filter { tensors[$0.name] == nil && $0.shape.elements > 0 }.map(\.name),
      unexpected: tensors.keys.filter { !wanted.contains($0) }.sorted(),
      different: destinations.compactMap { destination in
        guard let found = tensors[destination.name],
          found.type != destination.type || found.elements > destination.shape.elements
        else { return nil }
        return RestoreMismatch.Difference(
          name: destination.name, expected: "\(destination.type) \(destination.shape)",
          found: "\(found.elements) elements of \(found.type)")
      })
    if !mismatch.isEmpty { throw CheckpointError.mismatch(mismatch) }
    for destination in destinations {
      let found = tensors[destination.name]?.elements ?? 0
      if found < destination.shape.elements {
        let gap = TensorSlice(name: destination.name, elements: found..<destination.shape.elements)
        throw CheckpointError.broken(path: path, reason: "the optimizer's state: \(gap) is in no part")
      }
    }
  }
}
