import Glibc

/// Removes what is no longer needed from a run's folder. Nothing here can fail a checkpoint: what cannot be removed
/// becomes a problem in the report.
struct Cleanup: Sendable {
  let files: any FileOperations
  private(set) var removed: [String] = []
  private(set) var problems: [CheckpointError] = []

  init(files: any FileOperations) { self.files = files }

  /// Removes what writers that died have left half-written, or half-removed.
  mutating func removeLeftovers(in catalog: CheckpointCatalog) {
    attempt(catalog.folder) { cleanup in
      for name in try catalog.allNames() {
        let path = "\(catalog.folder)/\(name)"
        if CheckpointName.isPartialFolder(name) {
          cleanup.remove(path) { try $0.removeFolderAndFiles(path) }
        } else if CheckpointName.isPartialFile(name) {
          cleanup.remove(path) { try $0.removeFile(path) }
        }
      }
    }
  }

  /// Removes what is not to be kept, now that `written` is durable. Later ones than that are not touched: they are
  /// broken, and their step will be written again.
  mutating func retain(_ retention: Retention, upTo written: CheckpointName, best: Int?, in catalog: CheckpointCatalog)
  {
    attempt(catalog.folder) { cleanup in
      let names = try catalog.names().filter { $0.step <= written.step }
      let entries = names.map { catalog.entry($0, .sizes) }
      let going = retention.superfluous(of: entries.map(Retention.Candidate.init), best: best)
      for (index, entry) in entries.enumerated() where !going.contains(index) {
        if case .failure(let error) = entry.result { cleanup.problems.append(error) }
      }
      for index in going { cleanup.remove(names[index], in: catalog.folder) }
    }
  }

  /// Takes the name away first, so that no half-removed folder passes for a checkpoint.
  private mutating func remove(_ name: CheckpointName, in folder: String) {
    let going = "\(folder)/\(name.partial(process: getpid()))"
    remove("\(folder)/\(name)") { files in
      try files.rename("\(folder)/\(name)", to: going)
      try files.removeFolderAndFiles(going)
    }
  }

  private mutating func remove(_ path: String, _ body: (any FileOperations) throws -> Void) {
    attempt(path) { cleanup in
      try body(cleanup.files)
      cleanup.removed.append(path)
    }
  }

  private mutating func attempt(_ path: String, _ body: (inout Cleanup) throws -> Void) {
    do {
      try body(&self)
    } catch let error as CheckpointError {
      problems.append(error)
    } catch {
      problems.append(.broken(path: path, reason: "\(error)"))
    }
  }
}

extension Retention.Candidate {
  fileprivate init(_ entry: CheckpointCatalog.Entry) {
    let standing: Standing =
      switch entry.result {
      case .success(let checkpoint): .valid(endedEpochs: checkpoint.manifest.endedEpochs)
      case .failure(.system(_, _, let errno)) where errno != .noSuchFileOrDirectory: .unreadable
      case .failure: .broken
      }
    self.init(step: entry.step, standing: standing)
  }
}
