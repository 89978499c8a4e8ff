import Checkpoints
import Foundation
import Synchronization
import SystemPackage

/// The system's files, but for the operations that are to fail: those of a checkpoint that change something, counted from the
/// one that makes its folder, which is 1, or, on a rank that writes a part of it, from the one that opens the part.
package final class FaultyFiles: FileOperations {
  private struct State {
    var pending: [FaultInjection]
    /// Of the checkpoint that is being written.
    var step = 0
    var counts: [Count: Int] = [:]
    var isFull = false

    mutating func begin(step: Int) { (self.step, counts, isFull) = (step, [:], false) }
  }

  fileprivate enum Count { case operations, writes, syncs }

  private let files = SystemFiles()
  private let tell: @Sendable (FaultInjection) throws -> Void
  private let state: Mutex<State>

  /// - Parameter tell: called before a fault happens, on the thread that writes.
  init(_ injections: [FaultInjection], tell: @escaping @Sendable (FaultInjection) throws -> Void) {
    self.tell = tell
    state = Mutex(State(pending: injections))
  }

  var remaining: [FaultInjection] { state.withLock { $0.pending } }

  /// Does what is to happen at this operation, and returns it.
  @discardableResult
  private func strike(_ call: FileCall, _ path: String) throws -> [FaultInjection] {
    let (faults, isFull) = state.withLock { state -> ([FaultInjection], Bool) in
      if call == .mkdir {
        // A folder of another kind comes before that of the next checkpoint.
        state.begin(step: Self.step(ofFolder: path) ?? 0)
      } else if call == .open, let step = Self.step(ofFolder: Self.folder(of: path)), step != state.step {
        // A rank that writes a part of a checkpoint does not make its folder.
        state.begin(step: step)
      }
      guard state.step > 0 else { return ([], false) }
      state.counts[.operations, default: 0] += 1
      if call == .write { state.counts[.writes, default: 0] += 1 }
      if call == .fsync { state.counts[.syncs, default: 0] += 1 }
      let happening = state.pending.filter { fault in
        fault.step == state.step && (fault.number ?? 1) == state.counts[fault.kind.counted]
          && fault.kind.happens(at: call)
      }
      state.pending.removeAll(where: happening.contains)
      if happening.contains(where: { $0.kind == .diskFull }) { state.isFull = true }
      return (happening, state.isFull)
    }
    for fault in faults {
      try tell(fault)
      if fault.kind.target == .process { fault.strikeProcess() }
    }
    if faults.contains(where: { $0.kind == .failWrite || $0.kind == .failSync }) {
      throw CheckpointError.system(call: call, path: path, errno: .ioError)
    }
    if isFull, [.open, .fallocate, .write, .mkdir].contains(call) {
      throw CheckpointError.system(call: call, path: path, errno: .noSpace)
    }
    return faults
  }

  private static func folder(of path: String) -> String {
    path.split(separator: "/").dropLast().last.map(String.init) ?? ""
  }

  /// The step of the checkpoint whose folder this is, as in `step-00000123.partial-4711`.
  private static func step(ofFolder path: String) -> Int? {
    let name = path.split(separator: "/").last ?? ""
    let prefix = "step-"
    return name.hasPrefix(prefix) ? Int(name.dropFirst(prefix.count).prefix { $0.isNumber }) : nil
  }
}

// What only reads is not counted.
extension FaultyFiles {
  package func open(_ path: String) throws -> OpenFile { try files.open(path) }

  package func size(of file: OpenFile) throws -> Int { try files.size(of: file) }

  package func read(_ file: OpenFile, at offset: Int, into bytes: UnsafeMutableRawBufferPointer) throws -> Int {
    try files.read(file, at: offset, into: bytes)
  }

  package func names(inFolder path: String) throws -> [String] { try files.names(inFolder: path) }

  package func create(_ path: String) throws -> OpenFile {
    try strike(.open, path)
    return try files.create(path)
  }

  package func openForWriting(_ path: String) throws -> OpenFile {
    try strike(.open, path)
    return try files.openForWriting(path)
  }

  package func reserve(_ file: OpenFile, bytes: Int) throws {
    try strike(.fallocate, file.path)
    try files.reserve(file, bytes: bytes)
  }

  package func write(_ bytes: UnsafeRawBufferPointer, to file: OpenFile) throws -> Int {
    let isShort = try strike(.write, file.path).contains { $0.kind == .shortWrite }
    return try files.write(
      isShort ? UnsafeRawBufferPointer(rebasing: bytes[..<max(1, bytes.count / 2)]) : bytes, to: file)
  }

  package func sync(_ file: OpenFile) throws {
    try strike(.fsync, file.path)
    try files.sync(file)
  }

  package func close(_ file: OpenFile) throws { try files.close(file) }

  package func syncFolder(_ path: String) throws {
    try strike(.fsync, path)
    try files.syncFolder(path)
  }

  package func makeFolder(_ path: String) throws {
    try strike(.mkdir, path)
    try files.makeFolder(path)
  }

  package func rename(_ old: String, to new: String) throws {
    try strike(.rename, "\(old) to \(new)")
    try files.rename(old, to: new)
  }

  package func removeFile(_ path: String) throws {
    try strike(.unlink, path)
    try files.removeFile(path)
  }

  package func removeFolder(_ path: String) throws {
    try strike(.rmdir, path)
    try files.removeFolder(path)
  }
}

extension FaultKind {
  /// What the number of a fault of this kind counts.
  fileprivate var counted: FaultyFiles.Count {
    switch self {
    case .shortWrite: .writes
    case .failSync: .syncs
    default: .operations
    }
  }

  fileprivate func happens(at call: FileCall) -> Bool {
    switch self {
    case .shortWrite: call == .write
    case .failSync: call == .fsync
    default: true
    }
  }
}
