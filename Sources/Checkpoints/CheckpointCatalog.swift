/// The checkpoints of one run.
public struct CheckpointCatalog: Sendable {
  /// How closely a checkpoint is looked at before it is called valid.
  public enum Check: Hashable, Sendable {
    /// The manifest's seal, and that every file is there with its size.
    case sizes
    /// Every byte.
    case digests
  }

  public struct Entry: Hashable, Sendable {
    public let path: String
    public let step: Int

    /// As in `step-00000123`.
    public var name: String { CheckpointName.last(of: path) }

    /// The checkpoint, or why it is none.
    public let result: Result<Checkpoint, CheckpointError>
  }

  /// What a restart has to go on from.
  public struct Search: Hashable, Sendable {
    /// nil when the run has no valid checkpoint.
    public let checkpoint: Checkpoint?
    /// The newer ones, newest first, that are not valid; each has an error that says why.
    public let refused: [Entry]
  }

  /// `<run>/checkpoints`.
  public let folder: String
  private let files: any FileOperations

  public init(runFolder: String, files: any FileOperations = SystemFiles()) {
    folder = "\(runFolder)/\(CheckpointName.checkpointsFolder)"
    self.files = files
  }

  /// Of the checkpoints in `folder` itself.
  init(folder: String, files: any FileOperations) { (self.folder, self.files) = (folder, files) }

  /// All checkpoints, newest first. None is no error. Throws when the folder cannot be read.
  public func list(_ check: Check) throws -> [Entry] {
    try names().map { entry($0, check) }
  }

  /// The newest checkpoint of which every byte is as it was written. Throws when the folder cannot be read.
  public func newestValid() throws -> Search {
    var refused: [Entry] = []
    for name in try names() {
      let entry = entry(name, .digests)
      switch entry.result {
      case .success(let checkpoint): return Search(checkpoint: checkpoint, refused: refused)
      case .failure: refused.append(entry)
      }
    }
    return Search(checkpoint: nil, refused: refused)
  }

  /// Sets aside the checkpoints later than `step`, because the run goes on from there: the folder then holds one
  /// history, and the newest is again the one to go on from. They are renamed, not removed. Returns their new paths.
  public func abandon(laterThan step: Int) throws -> [String] {
    var moved: [String] = []
    for name in try names() where name.step > step {
      let taken = Set(try files.names(inFolder: folder))
      let number = (1...).first { !taken.contains(name.abandoned($0)) } ?? 1
      try files.rename("\(folder)/\(name)", to: "\(folder)/\(name.abandoned(number))")
      moved.append("\(folder)/\(name.abandoned(number))")
    }
    if !moved.isEmpty { try files.syncFolder(folder) }
    return moved
  }

  /// The name in the small file `latest`; nil when there is none.
  public var latest: String? { pointer(CheckpointName.latest) }

  /// The name in the small file `best`; nil when there is none.
  public var best: String? { pointer(CheckpointName.best) }

  private func pointer(_ name: String) -> String? {
    guard let text = try? files.contents(of: "\(folder)/\(name)", limit: CheckpointName.maximumBytes) else {
      return nil
    }
    return String(decoding: text.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
  }

  /// Newest first. One that was replaced comes after the one that took its name.
  func names() throws -> [CheckpointName] {
    try allNames().compactMap(CheckpointName.init).sorted {
      ($1.step, $0.replaced ?? 0) < ($0.step, $1.replaced ?? 0)
    }
  }

  /// Those of everything in the folder; none where there is no folder.
  func allNames() throws -> [String] {
    do {
      return try files.names(inFolder: folder)
    } catch CheckpointError.system(_, _, let errno) where errno == .noSuchFileOrDirectory || errno == .notDirectory {
      return []
    }
  }

  func entry(_ name: CheckpointName, _ check: Check) -> Entry {
    let path = "\(folder)/\(name)"
    return Entry(
      path: path, step: name.step,
      result: Result { () throws(CheckpointError) in
        do {
          let checkpoint = try Checkpoint(opening: path, files: files)
          if check == .digests { try checkpoint.verify(files: files) }
          return checkpoint
        } catch let error as CheckpointError {
          throw error
        } catch {
          throw CheckpointError.broken(path: path, reason: "\(error)")
        }
      })
  }
}
