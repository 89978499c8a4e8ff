import SystemPackage

extension Checkpoint {
  /// Opens the checkpoint that a person names: by its own folder, by `latest` or `best` beside it, or by the folder of the run or of
  /// its checkpoints, whose newest it then is.
  ///
  /// Throws `CheckpointError` that says what was expected where the place is none of these.
  public init(named place: String, files: any FileOperations = SystemFiles()) throws {
    try self.init(opening: try Self.folder(named: place, files: files), files: files)
  }

  /// The folder of that checkpoint, not yet looked into.
  public static func folder(named place: String, files: any FileOperations = SystemFiles()) throws -> String {
    let path = place.count > 1 && place.hasSuffix("/") ? String(place.dropLast()) : place
    let names: [String]
    do {
      names = try files.names(inFolder: path)
    } catch CheckpointError.system(_, _, .notDirectory) {
      return try folder(pointedAtBy: path, files: files)
    } catch CheckpointError.system(_, _, .noSuchFileOrDirectory) {
      throw CheckpointError.broken(path: path, reason: "there is nothing. \(expected)")
    }
    // What has the name of a checkpoint is one, whatever it lacks.
    if names.contains(CheckpointManifest.fileName) || CheckpointName(CheckpointName.last(of: path)) != nil {
      return path
    }
    let catalog =
      names.contains(CheckpointName.checkpointsFolder)
      ? CheckpointCatalog(runFolder: path, files: files) : CheckpointCatalog(folder: path, files: files)
    guard let newest = try catalog.list(.sizes).first(where: { (try? $0.result.get()) != nil }) else {
      throw CheckpointError.broken(path: path, reason: "it holds no checkpoint that can be used. \(expected)")
    }
    return newest.path
  }

  private static func folder(pointedAtBy path: String, files: any FileOperations) throws -> String {
    let length = try files.reading(path) { try files.size(of: $0) }
    let text =
      length > CheckpointName.maximumBytes
      ? "" : String(decoding: try files.contents(of: path, limit: length), as: UTF8.self)
    guard let name = CheckpointName(String(text.prefix { $0 != "\n" })) else {
      throw CheckpointError.broken(path: path, reason: "it is a file that names no checkpoint. \(expected)")
    }
    let folder = FilePath(path).removingLastComponent().string
    return folder.isEmpty ? "\(name)" : "\(folder)/\(name)"
  }

  private static let expected =
    "Expected a checkpoint's folder, as in runs/NAME/checkpoints/step-00000123, checkpoints/latest or checkpoints/best "
    + "beside it, or the run's folder, whose newest one is then taken."
}
