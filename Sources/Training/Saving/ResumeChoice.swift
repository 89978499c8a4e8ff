import Checkpoints
import Foundation
import Logging

/// Which checkpoint a run goes on from. Choosing changes nothing on disk.
package struct ResumeChoice {
  private let catalog: CheckpointCatalog
  private let logger: Logger

  package init(_ folder: OutputFolder, _ logger: Logger) {
    catalog = CheckpointCatalog(runFolder: folder.path)
    self.logger = logger
  }

  /// nil to begin at the beginning. Throws `RunError` or `CheckpointError` when what was asked for cannot be had.
  package func checkpoint(for resume: JobRequest.Resume) throws -> Checkpoint? {
    switch resume {
    case .never:
      try requireNoCheckpoints()
      return nil
    case .auto:
      return try newest()
    case .from(let path):
      return try chosen(path)
    }
  }

  private func requireNoCheckpoints() throws {
    guard let newest = try catalog.list(.sizes).first else { return }
    throw RunError(
      .usage,
      "\(catalog.folder) already holds checkpoints, up to step \(newest.step). Go on from them with --resume auto, or "
        + "begin a new run under another name or output folder (--set name=...).")
  }

  private func newest() throws -> Checkpoint? {
    let search = try catalog.newestValid()
    for entry in search.refused {
      if case .failure(let error) = entry.result { logger.warning("\(entry.path) cannot be used: \(error)") }
    }
    if let checkpoint = search.checkpoint {
      if !search.refused.isEmpty { logger.warning("falling back to the older \(checkpoint.path)") }
      return checkpoint
    }
    guard search.refused.isEmpty else {
      throw RunError(
        .noCheckpoint,
        "none of the \(search.refused.count) checkpoints in \(catalog.folder) can be used. Move the folder away to "
          + "begin at the beginning.")
    }
    return nil
  }

  private func chosen(_ path: String) throws -> Checkpoint {
    let checkpoint = try Checkpoint(opening: path)
    try checkpoint.verify()
    if !(try isOfThisRun(checkpoint)) { try requireNoCheckpoints() }
    return checkpoint
  }

  /// Whether a checkpoint lies in this run's folder, which has many paths: relative, with a slash at the end, through a link.
  func isOfThisRun(_ checkpoint: Checkpoint) throws -> Bool {
    let resolved = resolvedPath(checkpoint.path)
    return try catalog.list(.sizes).contains { resolvedPath($0.path) == resolved }
  }

  private func resolvedPath(_ path: String) -> String {
    URL(fileURLWithPath: path).resolvingSymlinksInPath().path
  }

  /// Leaves the folder with one history when the run goes back to an earlier checkpoint: later ones are renamed. Called
  /// once nothing but a fault can keep the run from going on.
  package func setAsideCheckpoints(laterThan step: Int) throws {
    do {
      for path in try catalog.abandon(laterThan: step) {
        logger.warning("a checkpoint later than step \(step) was set aside as \(path)")
      }
    } catch {
      throw RunError(.output, "the checkpoints later than step \(step) could not be set aside: \(error)")
    }
  }
}
