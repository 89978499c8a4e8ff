import Synchronization

/// The files of a data set by their numbers, opened when they are first read and then kept open, as far as there is room.
final class OpenFiles: Sendable {
  private let paths: [BytePath]
  private let role: String
  private let pool: OpenFilePool

  /// - Parameter role: what each of them should be, for messages.
  init(_ paths: [BytePath], as role: String, pool: OpenFilePool = .shared) {
    self.paths = paths
    self.role = role
    self.pool = pool
  }

  deinit { pool.closeAll(of: ObjectIdentifier(self)) }

  /// The file is open as long as the caller holds it, whatever others do.
  func file(_ number: Int) throws(DataError) -> DataFile {
    let key = OpenFilePool.Key(owner: ObjectIdentifier(self), number: number)
    if let file = pool.file(key) { return file }
    // Opening may take long, so others do not wait for it. Two threads may open one file; one of the two is then closed.
    return pool.keep(try DataFile(paths[number], as: role), key)
  }
}

/// The files that data sets keep open, a bounded number of them: the ones that have not been used for longest are closed
/// for new ones. One for the whole process, since the limit on open files is the process's: of all data sets and, where ranks
/// are threads, of all ranks.
final class OpenFilePool: Sendable {
  /// Half of what the process may open stays free for the rest: MPI's connections, checkpoints, files that are read once;
  /// and no less than libraries need, of which some end the process where they get none. Nobody gains from thousands, and
  /// each costs a file server something.
  static let shared = OpenFilePool(limit: max(1, min(4096, OpenFileLimit.raised / 2, OpenFileLimit.raised - 24)))

  struct Key: Hashable {
    let owner: ObjectIdentifier
    let number: Int
  }

  private let state: Mutex<State>

  private struct State {
    var files: [Key: (file: DataFile, lastUse: Int)] = [:]
    var uses = 0
    var limit: Int
  }

  init(limit: Int) { state = Mutex(State(limit: limit)) }

  /// How many are open now.
  var count: Int { state.withLock { $0.files.count } }

  func file(_ key: Key) -> DataFile? {
    state.withLock { state in
      state.uses += 1
      state.files[key]?.lastUse = state.uses
      return state.files[key]?.file
    }
  }

  /// Keeps the file, unless another is kept under its key, which is then returned.
  func keep(_ file: DataFile, _ key: Key) -> DataFile {
    state.withLock { state in
      state.uses += 1
      if let present = state.files[key]?.file {
        state.files[key]?.lastUse = state.uses
        return present
      }
      if state.files.count >= state.limit, let oldest = state.files.min(by: { $0.value.lastUse < $1.value.lastUse }) {
        state.files[oldest.key] = nil
      }
      state.files[key] = (file, state.uses)
      return file
    }
  }

  /// Closes a quarter of the files, those that have not been used for longest, and keeps no more than the rest from now
  /// on, since others need the room. False where there are none.
  func closeSome() -> Bool {
    state.withLock { state in
      if state.files.isEmpty { return false }
      let oldest = state.files.sorted { $0.value.lastUse < $1.value.lastUse }.prefix((state.files.count + 3) / 4)
      for (key, _) in oldest { state.files[key] = nil }
      state.limit = max(1, state.files.count)
      return true
    }
  }

  func closeAll(of owner: ObjectIdentifier) {
    state.withLock { state in
      for key in state.files.keys where key.owner == owner { state.files[key] = nil }
    }
  }
}
