import Glibc

/// Removes what is no longer needed from a run's folder. Nothing here can fail a checkpoint: what cannot be removed
/// becomes a problem in the report.
struct Cleanup {
  let files: any FileOperations
  private(set) var removed: [String] = []
  private(set) var problems: [CheckpointError] = []

  init(files: any FileOperations) { self.files = files }

  /// Removes what writers that died have left half-written.
  mutating func removeLeftovers(in catalog: CheckpointCatalog) {
    attempt(catalog.folder) { cleanup in
      for name in try cleanup.files.names(inFolder: catalog.folder) {
        let path = "\(catalog.folder)/\(name)"
        if CheckpointName.isPartialFolder(name) {
          cleanup.remove(path) { try $0.removeFolderAndFiles(path) }
        } else if CheckpointName.isPartialFile(name) {
          cleanup.remove(path) { try $0.removeFile(path) }
        }
      }
    }
  }

  /// Keeps the best and the newest valid checkpoints of which `written`, which is durable, is the first. Later ones than
  /// that are not touched: they are broken, and their step will be written again.
  mutating func retain(_ count: Int, upTo written: CheckpointName, best: Int?, in catalog: CheckpointCatalog) {
    attempt(catalog.folder) { cleanup in
      var validSteps: [Int] = []
      for name in try catalog.names() where name.step <= written.step {
        let isSuperseded = validSteps.last == name.step
        if isSuperseded || (validSteps.count >= count && name.step != best) {
          cleanup.remove(name, in: catalog.folder)
        } else {
          switch catalog.entry(name, .sizes).result {
          case .success: validSteps.append(name.step)
          case .failure(let error): cleanup.problems.append(error)
          }
        }
      }
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
