import SystemPackage

extension FileOperations {
  /// Creates a file, lets `body` write it, makes it durable and closes it.
  func createDurably<Value>(_ path: String, _ body: (OpenFile) throws -> Value) throws -> Value {
    try closing(create(path)) { try durably($0, body) }
  }

  /// The same for a file that is there.
  func writingDurably<Value>(_ path: String, _ body: (OpenFile) throws -> Value) throws -> Value {
    try closing(openForWriting(path)) { try durably($0, body) }
  }

  /// Creates a file, and closes it after `body`.
  func creating(_ path: String, _ body: (OpenFile) throws -> Void) throws {
    try closing(create(path), body)
  }

  /// Opens a file for reading, and closes it after `body`.
  func reading<Value>(_ path: String, _ body: (OpenFile) throws -> Value) throws -> Value {
    try closing(open(path), body)
  }

  private func durably<Value>(_ file: OpenFile, _ body: (OpenFile) throws -> Value) throws -> Value {
    let value = try body(file)
    try sync(file)
    return value
  }

  private func closing<Value>(_ file: OpenFile, _ body: (OpenFile) throws -> Value) throws -> Value {
    let value: Value
    do {
      value = try body(file)
    } catch {
      // The first error is the one that says what happened.
      try? close(file)
      throw error
    }
    try close(file)
    return value
  }

  func writeAll(_ bytes: UnsafeRawBufferPointer, to file: OpenFile) throws {
    var rest = bytes
    while !rest.isEmpty {
      let written = try write(rest, to: file)
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
    }
  }

  /// Fills `bytes` from `offset` on; throws when the file ends before.
  func readAll(_ file: OpenFile, at offset: Int, into bytes: UnsafeMutableRawBufferPointer) throws {
    var done = 0
    while done < bytes.count {
      let count = try read(file, at: offset + done, into: UnsafeMutableRawBufferPointer(rebasing: bytes[done...]))
      if count == 0 {
        throw CheckpointError.broken(
          path: file.path,
          reason: "the file ends at byte \(offset + done); expected bytes up to \(offset + bytes.count)")
      }
      done += count
    }
  }

  /// A whole file; refuses one of more than `limit` bytes before it takes memory for it.
  func contents(of path: String, limit: Int) throws -> [UInt8] {
    try reading(path) { file in
      let count = try size(of: file)
      guard count <= limit else {
        throw CheckpointError.broken(path: path, reason: "\(count) bytes; expected at most \(limit)")
      }
      var contents = [UInt8](repeating: 0, count: count)
      try contents.withUnsafeMutableBytes { try readAll(file, at: 0, into: $0) }
      return contents
    }
  }

  /// Puts a small file in the place of another in one atomic step: a reader, also one after a power loss, sees the old
  /// contents or the new.
  func replaceDurably(_ name: String, inFolder folder: String, with contents: String) throws {
    let partial = "\(folder)/\(name)\(CheckpointName.partialMark)"
    var contents = contents
    do {
      try createDurably(partial) { file in
        try contents.withUTF8 { try writeAll(UnsafeRawBufferPointer($0), to: file) }
      }
      try rename(partial, to: "\(folder)/\(name)")
    } catch {
      // The first error is the one that says what happened.
      try? removeFile(partial)
      throw error
    }
    try syncFolder(folder)
  }

  /// Creates a folder and the missing ones above it. Durable once `syncFoldersAbove` has returned.
  func makeFolders(_ path: String) throws {
    do {
      try makeFolder(path)
    } catch CheckpointError.system(_, _, .fileExists) {
      return
    } catch CheckpointError.system(_, _, .noSuchFileOrDirectory) where !parent(of: path).isEmpty {
      try makeFolders(parent(of: path))
      try makeFolder(path)
    }
  }

  /// Makes the way to a folder durable, whoever made the folders on it. One that may not be read was there before all
  /// runs.
  func syncFoldersAbove(_ path: String) throws {
    let parent = parent(of: path)
    if parent == path { return }
    do {
      try syncFolder(parent.isEmpty ? "." : parent)
    } catch CheckpointError.system(.open, _, let errno) where [.permissionDenied, .notPermitted].contains(errno) {
      return
    }
    if !parent.isEmpty { try syncFoldersAbove(parent) }
  }

  /// Removes a folder and the files in it (a checkpoint has no folders inside). One that is not there is no error.
  func removeFolderAndFiles(_ path: String) throws {
    do {
      for name in try names(inFolder: path) { try removeFile("\(path)/\(name)") }
      try removeFolder(path)
    } catch CheckpointError.system(_, _, .noSuchFileOrDirectory) {
      return
    }
  }

  private func parent(of path: String) -> String { FilePath(path).removingLastComponent().string }
}
