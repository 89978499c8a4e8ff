import Glibc

/// A checkpoint that is being written: a folder with a temporary name, in which every file has its size.
///
/// Any thread may use it, one at a time. Other ranks need only its `folder`, to write their parts in.
public struct PendingCheckpoint: Sendable {
  let writer: CheckpointWriter
  let contents: CheckpointContents
  let own: [FileContents]
  let parts: [PlannedFile]
  let manifest: PlannedFile
  let cleanup: Cleanup

  private var name: CheckpointName { CheckpointName(step: contents.state.step) }
  private var files: any FileOperations { writer.files }

  /// Its path, for `OptimizerPart.write`.
  public var folder: String { "\(writer.folder)/\(name.partial(process: getpid()))" }

  func reserve(_ planned: [PlannedFile]) throws {
    try discardingAfterFailure {
      try files.makeFolder(folder)
      try files.reserve(planned, inFolder: folder)
    }
  }

  /// Writes the files, all but the parts, and makes the folder a checkpoint; then removes older ones as agreed.
  ///
  /// Throws `CheckpointError`; then nothing of the folder is left unless this checkpoint is durable under its name, and
  /// those from before are as they were.
  /// - Parameter parts: what `OptimizerPart.write` returned for every part.
  public func publish(parts written: [CheckpointManifest.File] = []) throws -> CheckpointWriter.Report {
    var (bytes, wasThere) = (0, false)
    try discardingAfterFailure {
      try checkParts(written)
      let manifest = contents.manifest(of: try own.map { try $0.write(inFolder: folder, files: files) } + written)
      let text = try manifest.contents()
      precondition(text.planned == self.manifest, "room for \(self.manifest) was taken, and needed is \(text.planned)")
      _ = try text.write(inFolder: folder, files: files)
      try files.syncFolder(folder)
      (bytes, wasThere) = (manifest.bytes, try writer.publish(folder, as: name, manifest))
    }
    try writer.point(at: name, best: contents.state.best)
    var cleanup = cleanup
    cleanup.retain(writer.retention, upTo: name, best: contents.state.best?.step, in: writer.catalog)
    return CheckpointWriter.Report(
      path: "\(writer.folder)/\(name)", bytes: bytes, wasThere: wasThere, removed: cleanup.removed,
      problems: cleanup.problems)
  }

  /// Removes what has been written. For when a part could not be written, or the checkpoint is no longer wanted.
  public func discard() throws { try files.removeFolderAndFiles(folder) }

  private func checkParts(_ written: [CheckpointManifest.File]) throws {
    func sorted(_ files: [PlannedFile]) -> [PlannedFile] { files.sorted { $0.name < $1.name } }
    let found = sorted(written.map { PlannedFile(name: $0.name, bytes: $0.bytes) })
    guard found == sorted(parts) else {
      throw CheckpointError.broken(path: folder, reason: "expected the parts \(sorted(parts)), got \(found)")
    }
    for part in found {
      // What another host has written must be seen from here before it is vouched for.
      let bytes = try files.reading("\(folder)/\(part.name)") { try files.size(of: $0) }
      guard bytes == part.bytes else {
        throw CheckpointError.broken(
          path: "\(folder)/\(part.name)", reason: "\(part.bytes) bytes were written, and \(bytes) are there")
      }
    }
  }

  private func discardingAfterFailure(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch {
      // The next `begin` removes what this cannot; the first error is the one that says what happened.
      try? discard()
      throw error
    }
  }
}

extension CheckpointWriter {
  /// Gives the written folder its name. Returns true when an equal checkpoint had it; then nothing was changed.
  fileprivate func publish(
    _ partial: String, as name: CheckpointName, _ manifest: CheckpointManifest
  ) throws -> Bool {
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

  fileprivate func point(at name: CheckpointName, best: StateRecord.Best?) throws {
    try files.replaceDurably(CheckpointName.latest, inFolder: folder, with: "\(name)\n")
    guard let best else { return }
    // Without a checkpoint at that step there is nothing to name.
    let bestName = CheckpointName(step: best.step)
    if try files.names(inFolder: folder).contains(bestName.description) {
      try files.replaceDurably(CheckpointName.best, inFolder: folder, with: "\(bestName)\n")
    }
  }
}
