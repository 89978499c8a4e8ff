import Glibc

/// Small files that are either the old or the new one, complete, whenever the machine stops.
package enum DurableFile {
  /// Replaces `path`: writes a temporary file beside it, makes that durable, then renames it. One writer at a time.
  package static func write(_ text: String, to path: String) throws(OutputError) {
    try write(Array(text.utf8), to: path)
  }

  package static func write(_ bytes: [UInt8], to path: String) throws(OutputError) {
    let temporary = path + ".partial"
    do {
      let file = try OutputDescriptor(temporary, .replacing)
      try file.write(bytes)
      try file.synchronize()
    } catch {
      unlink(temporary)
      throw OutputError(error.call, path, code: error.code)
    }
    guard rename(temporary, path) == 0 else {
      let error = OutputError("rename", path)
      unlink(temporary)
      throw error
    }
    try synchronizeFolder(of: path)
  }

  /// The new name is durable only once its folder is.
  private static func synchronizeFolder(of path: String) throws(OutputError) {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw OutputError("open", folder) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw OutputError("fsync", folder) }
  }
}
