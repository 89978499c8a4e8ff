import Tensors

// The optimizer's state, which is in one file or in parts.

extension Checkpoint {
  /// Fills every destination from the tensor of its name, wherever its elements are.
  ///
  /// Throws `CheckpointError`, with nothing written, unless the checkpoint has exactly these names, shapes and types, and
  /// every element once. A file that cannot be read to its end throws after some destinations have been filled.
  public func restoreOptimizer(
    into destinations: [TensorDestination], files: any FileOperations = SystemFiles()
  ) throws {
    guard isOptimizerInParts else { return try tensors(.optimizer, files: files).restore(into: destinations) }
    let pieces = try SlicedTensors(path: path, pieces(files: files))
    try pieces.check(against: destinations)
    let memory = Dictionary(uniqueKeysWithValues: destinations.map { ($0.name, $0) })
    for name in optimizerFiles {
      let file = try SafetensorsFile(opening: "\(path)/\(name)", files: files)
      for tensor in file.header.tensors {
        guard let slice = TensorSlice(tensor.name), let destination = memory[slice.name] else { continue }
        let start = slice.elements.lowerBound * tensor.type.bytes
        try file.read(
          tensor, into: .init(rebasing: destination.bytes[start..<start + tensor.byteRange.count]))
      }
    }
  }

  /// Throws `CheckpointError` unless the files of the optimizer's state are sound and the parts fit each other.
  func checkOptimizer(files: any FileOperations) throws {
    if isOptimizerInParts {
      _ = try SlicedTensors(path: path, pieces(files: files))
    } else {
      _ = try tensors(.optimizer, files: files)
    }
  }

  private var isOptimizerInParts: Bool { manifest.file(named: File.optimizer.rawValue) == nil }

  /// What the parts' headers say.
  private func pieces(files: any FileOperations) throws -> [SlicedTensors.Piece] {
    var pieces: [SlicedTensors.Piece] = []
    for name in optimizerFiles {
      let file = try SafetensorsFile(opening: "\(path)/\(name)", files: files)
      for tensor in file.header.tensors {
        guard let slice = TensorSlice(tensor.name), tensor.shape == [slice.elements.count] else {
          throw CheckpointError.broken(
            path: file.path,
            reason: "tensor '\(tensor.name)' of shape \(tensor.shape) is no slice; expected one named as in "
              + "fc.weight[0..<\(tensor.shape.elements)], of one dimension")
        }
        pieces.append(.init(slice: slice, type: tensor.type, file: name))
      }
    }
    return pieces
  }
}
