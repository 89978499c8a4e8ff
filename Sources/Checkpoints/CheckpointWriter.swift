import Glibc
import Tensors

/// Writes the checkpoints of one run so that at every instant, whatever dies, a valid one is in the folder once the
/// first has been written.
///
/// 1. Every file is written into a folder with a temporary name and made durable; the manifest comes last; then the
///    folder is made durable.
/// 2. The folder is renamed to its final name, which is one atomic step, and the folder above it made durable.
/// 3. `latest` and `best` are replaced, atomically.
/// 4. Only now older checkpoints are removed.
///
/// A run's folder has one writer at a time. The writer keeps nothing in memory and may be used from any thread.
public struct CheckpointWriter: Sendable {
  /// What a write did.
  public struct Report: Hashable, Sendable {
    public let path: String
    public let bytes: Int
    /// Whether the same checkpoint, to the bit, was there already.
    public let wasThere: Bool
    /// Paths of what was removed: older checkpoints and what writers that died had left.
    public let removed: [String]
    /// What could not be removed, and which older checkpoints are broken, with the reasons. This one is durable.
    public let problems: [CheckpointError]
  }

  public let runFolder: String
  /// How many of the newest checkpoints are kept; the best one is kept besides.
  public let keep: Int
  let files: any FileOperations

  /// Traps unless `keep` is at least 1.
  public init(runFolder: String, keep: Int, files: any FileOperations = SystemFiles()) {
    precondition(keep >= 1, "keeping \(keep) checkpoints")
    self.runFolder = runFolder
    self.keep = keep
    self.files = files
  }

  var catalog: CheckpointCatalog { CheckpointCatalog(runFolder: runFolder, files: files) }
  var folder: String { catalog.folder }

  /// Writes the checkpoint of the state's step. A different one of the same step is replaced.
  ///
  /// Throws `CheckpointError`; then the checkpoints from before are as they were, and this one is in the folder either
  /// whole or not at all.
  public func write(_ contents: CheckpointContents) throws -> Report {
    try files.makeFolders(folder)
    var cleanup = Cleanup(files: files)
    cleanup.removeLeftovers(in: catalog)
    let name = CheckpointName(step: contents.state.step)
    let partial = "\(folder)/\(name.partial(process: getpid()))"
    let manifest: CheckpointManifest
    let wasThere: Bool
    do {
      try files.makeFolder(partial)
      manifest = try writeFiles(contents, inFolder: partial)
      wasThere = try publish(partial, as: name, manifest)
    } catch {
      // The next write removes what this cannot; the first error is the one that says what happened.
      try? files.removeFolderAndFiles(partial)
      throw error
    }
    try point(at: name, best: contents.state.best)
    cleanup.retain(keep, upTo: name, best: contents.state.best?.step, in: catalog)
    return Report(
      path: "\(folder)/\(name)", bytes: manifest.bytes, wasThere: wasThere, removed: cleanup.removed,
      problems: cleanup.problems)
  }

  private func writeFiles(_ contents: CheckpointContents, inFolder partial: String) throws -> CheckpointManifest {
    let manifest = CheckpointManifest(
      step: contents.state.step, configuration: contents.configuration,
      files: try contents.write(inFolder: partial, files: files))
    var text = Seal.sealed(try manifest.encoded())
    try files.createDurably("\(partial)/\(CheckpointManifest.fileName)") { file in
      try text.withUTF8 { try files.writeAll(UnsafeRawBufferPointer($0), to: file) }
    }
    try files.syncFolder(partial)
    return manifest
  }

  /// Gives the written folder its name. Returns true when an equal checkpoint had it; then nothing was changed.
  private func publish(_ partial: String, as name: CheckpointName, _ manifest: CheckpointManifest) throws -> Bool {
    let names = try files.names(inFolder: folder)
    if names.contains(name.description) {
      if case .success(let old) = catalog.entry(name, .digests).result, old.manifest == manifest {
        try files.removeFolderAndFiles(partial)
        return true
      }
      // The old one stays a checkpoint under its second name until the new one is durable.
      let number = (1...).first { !names.contains(CheckpointName(step: name.step, replaced: $0).description) } ?? 1
      try files.rename("\(folder)/\(name)", to: "\(folder)/\(CheckpointName(step: name.step, replaced: number))")
      try files.syncFolder(folder)
    }
    try files.rename(partial, to: "\(folder)/\(name)")
    try files.syncFolder(folder)
    return false
  }

  private func point(at name: CheckpointName, best: StateRecord.Best?) throws {
    try files.replaceDurably(CheckpointName.latest, inFolder: folder, with: "\(name)\n")
    guard let best else { return }
    // Without a checkpoint at that step there is nothing to name.
    let bestName = CheckpointName(step: best.step)
    if try files.names(inFolder: folder).contains(bestName.description) {
      try files.replaceDurably(CheckpointName.best, inFolder: folder, with: "\(bestName)\n")
    }
  }
}
