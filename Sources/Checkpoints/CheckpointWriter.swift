import Glibc
import Tensors

/// Writes the checkpoints of one run so that at every instant, whatever dies, a valid one is in the folder once the
/// first has been written.
///
/// 1. The files are made in a folder with a temporary name, and the space of all of them is reserved.
/// 2. Every file is written and made durable; the manifest comes last; then the folder is made durable.
/// 3. The folder is renamed to its final name, which is one atomic step, and the folder above it made durable.
/// 4. `latest` and `best` are replaced, atomically.
/// 5. Only now older checkpoints are removed.
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
  public let retention: Retention
  package let files: any FileOperations

  public init(runFolder: String, retention: Retention, files: any FileOperations = SystemFiles()) {
    self.runFolder = runFolder
    self.retention = retention
    self.files = files
  }

  /// Keeps the `keep` newest checkpoints and the best. Traps unless `keep` is at least 1.
  public init(runFolder: String, keep: Int, files: any FileOperations = SystemFiles()) {
    self.init(runFolder: runFolder, retention: Retention(newest: keep), files: files)
  }

  var catalog: CheckpointCatalog { CheckpointCatalog(runFolder: runFolder, files: files) }
  var folder: String { catalog.folder }

  /// Writes the checkpoint of the state's step. A different one of the same step is replaced.
  ///
  /// Throws `CheckpointError`; then the checkpoints from before are as they were, and this one is in the folder either
  /// whole or not at all.
  public func write(_ contents: CheckpointContents) throws -> Report { try begin(contents).publish() }

  /// Makes the folder that the checkpoint is written in and takes the space of all its files, and removes what writers
  /// that died have left. Whoever begins publishes or discards.
  ///
  /// Throws `CheckpointError`, and then leaves nothing behind. Traps when the contents have a state of the optimizer
  /// and there are parts too.
  /// - Parameter parts: `OptimizerPart.planned` of every part, where ranks write the optimizer's state in parts.
  public func begin(_ contents: CheckpointContents, parts: [PlannedFile] = []) throws -> PendingCheckpoint {
    let own = try contents.files(inParts: !parts.isEmpty)
    let planned = own.map(\.planned) + parts
    let manifest = try contents.manifest(of: planned.map(CheckpointManifest.File.init)).contents().planned
    try makeFolder()
    var cleanup = Cleanup(files: files)
    cleanup.removeLeftovers(in: catalog)
    let pending = PendingCheckpoint(
      writer: self, contents: contents, own: own, parts: parts, manifest: manifest, cleanup: cleanup)
    try pending.reserve(planned + [manifest])
    return pending
  }

  /// Removes what writers that died have left, as `begin` does, for a run that may have nothing more to write. Returns what
  /// could not be removed.
  public func removeLeftovers() -> [CheckpointError] {
    var cleanup = Cleanup(files: files)
    cleanup.removeLeftovers(in: catalog)
    return cleanup.problems
  }

  /// Whoever made the folders above, they must be as durable as what they lead to; once `latest` is there, they are.
  private func makeFolder() throws {
    try files.makeFolders(folder)
    if !(try files.names(inFolder: folder).contains(CheckpointName.latest)) { try files.syncFoldersAbove(folder) }
  }
}
