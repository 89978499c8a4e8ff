import Synchronization

/// The files of a data set by their numbers, opened when they are first read and then kept open, a bounded number of them:
/// the one that has not been used for longest is closed for a new one.
final class OpenFiles: Sendable {
  private let paths: [String]
  private let limit: Int
  private let state = Mutex(State())

  private struct State {
    var files: [Int: (file: DataFile, lastUse: Int)] = [:]
    var uses = 0

    mutating func use(_ number: Int) -> DataFile? {
      uses += 1
      files[number]?.lastUse = uses
      return files[number]?.file
    }

    mutating func insert(_ file: DataFile, _ number: Int, limit: Int) -> DataFile {
      if let present = use(number) { return present }
      if files.count >= limit, let oldest = files.min(by: { $0.value.lastUse < $1.value.lastUse }) {
        files[oldest.key] = nil
      }
      files[number] = (file, uses)
      return file
    }
  }

  init(_ paths: [String], limit: Int = 256) {
    self.paths = paths
    self.limit = limit
  }

  /// How many are open now.
  var count: Int { state.withLock { $0.files.count } }

  /// The file is open as long as the caller holds it, whatever others do.
  func file(_ number: Int, as role: String) throws(DataError) -> DataFile {
    if let file = state.withLock({ $0.use(number) }) { return file }
    // Opening may take long, so others do not wait for it. Two threads may open one file; one of the two is then closed.
    let opened = try DataFile(paths[number], as: role)
    return state.withLock { $0.insert(opened, number, limit: limit) }
  }
}
