/// Draws a sample set and writes it as a tree of JPEG files, on several threads.
public struct SampleWriter: Sendable {
  public enum Outcome: Sendable { case written, alreadyThere }

  public let specification: SampleSpecification
  private let threads: Int

  /// - Parameter threads: at least 1. The files do not depend on it.
  public init(_ specification: SampleSpecification, threads: Int) {
    precondition(threads > 0, "\(threads) threads cannot draw")
    self.specification = specification
    self.threads = threads
  }

  /// Writes the set to `directory`, which must be absent or empty, or hold the same set already.
  ///
  /// The directory appears in one step when all is written; until then the files are in a hidden folder beside it,
  /// which is removed when an error is thrown.
  ///
  /// - Parameter progress: called on any of the threads, several at a time, with the number of images that are done.
  ///   What it throws ends the work.
  /// - Throws: `SampleError`, `JPEGEncodingError`, or what `progress` throws.
  public func write(to directory: String, progress: @Sendable (_ done: Int) throws -> Void) throws -> Outcome {
    let folder = SampleFolder(directory)
    if try folder.holds(specification) { return .alreadyThere }
    try folder.replace { partial in
      let images = specification.images
      try SampleFolder.createFolders(of: images.map(specification.path(of:)), in: partial)
      try forEachConcurrently(
        count: images.count, threads: threads, progress: progress, makeTool: { try JPEGEncoder() }
      ) { index, encoder in
        let image = images[index]
        let scene = SampleScene(specification, image)
        let file = try encoder.encode(scene.pixels(), width: scene.width, height: scene.height, options: scene.file)
        try SampleFolder.write(file, to: "\(partial)/\(specification.path(of: image))")
      }
      try SampleFolder.write(SampleRecord(specification).file(), to: "\(partial)/\(SampleRecord.name)")
    }
    return .written
  }
}
