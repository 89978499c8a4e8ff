import Checkpoints
import Foundation
import Logging
import Platform

/// Which checkpoint a run goes on from. Choosing changes nothing on disk.
package struct ResumeChoice {
  private let catalog: CheckpointCatalog
  private let folder: OutputFolder
  private let logger: Logger

  package init(_ folder: OutputFolder, _ logger: Logger) {
    catalog = CheckpointCatalog(runFolder: folder.path)
    self.folder = folder
    self.logger = logger
  }

  /// nil to begin at the beginning. Throws `RunError` or `CheckpointError` when what was asked for cannot be had.
  package func checkpoint(for resume: JobRequest.Resume) throws -> Checkpoint? {
    try folder.requireNoDanglingLinks()
    switch resume {
    case .unlessBegun:
      try requireNoCheckpoints()
      try requireNothingLost()
      return nil
    case .never:
      return nil
    case .auto:
      let newest = try newest()
      if newest == nil { try requireNothingLost() }
      return newest
    case .from(let path):
      return try chosen(path)
    }
  }

  private func requireNoCheckpoints() throws {
    guard let newest = try catalog.list(.sizes).first else { return }
    throw RunError(
      .usage,
      "\(catalog.folder) already holds checkpoints, up to step \(newest.step). Go on from them with --resume auto, "
        + "begin anew and keep them beside with --resume never, or choose another name (--set name=...).")
  }

  /// Throws where the run's other files tell of checkpoints that are not there: whoever begins anew would lose what they were
  /// the rest of. A start that was ended before its first checkpoint has nothing to lose.
  private func requireNothingLost() throws {
    let earlier = try EarlierRun(folder)
    guard earlier.checkpoint != nil || earlier.hasResult else {
      if earlier.lastStep > 0 {
        logger.warning(
          "an earlier start came to step \(earlier.lastStep) and was ended before its first checkpoint: the run begins at the beginning"
        )
      }
      return
    }
    let traces = [
      earlier.checkpoint.map { "its metrics tell of one of step \($0.step), \(visibleText($0.path))" },
      earlier.hasResult ? "there is a result.json" : nil,
    ]
    throw RunError(
      .noCheckpoint,
      "\(visibleText(catalog.folder)) holds no checkpoint, but \(traces.compactMap(\.self).joined(separator: ", and ")). If the "
        + "checkpoints were moved, move or link them back, or name one with --resume DIR. To begin at the beginning: --resume "
        + "never, which keeps the other files beside.")
  }

  /// The newest that can be used; nil where there is none.
  func newest() throws -> Checkpoint? {
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
    let checkpoint = try Checkpoint(named: path)
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

  /// Gives what an earlier run has left other names, all with the same number. Checkpoints first: no later start may take them for
  /// its own.
  func setAsideEarlierRun() throws {
    do {
      let moved = try catalog.abandon(laterThan: -1) + folder.setAsideFiles()
      if !moved.isEmpty {
        logger.warning(
          """
          an earlier run is set aside: \(moved.count) files and checkpoints of \(visibleText(folder.path)) have names that end \
          in .abandoned and a number now
          """)
      }
    } catch {
      throw RunError(
        .output, "what an earlier run has left in \(visibleText(folder.path)) could not be set aside: \(error)")
    }
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
