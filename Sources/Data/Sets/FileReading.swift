import Glibc
import SystemPackage

/// Replaces `bytes` by the contents of the file `<folder><name>`, read whole.
func readFile(folder: [UInt8], name: ArraySlice<UInt8>, into bytes: inout ByteBuffer) throws(DataError) {
  do {
    let file = try open(folder: folder, name: name)
    try file.closeAfter { try readAll(file, into: &bytes) }
  } catch let excess as FileTooLarge {
    throw .limitExceeded(
      path: text(folder + name), found: "\(excess.bytes) bytes", limit: "\(bytes.fileLimit)", kind: .fileBytes)
  } catch {
    let reason = (error as? Errno)?.description ?? "\(error)"
    throw .unreadable(path: text(folder + name), reason: reason)
  }
}

/// Lets the system read the file `<folder><name>` ahead. Whoever reads it will see what is wrong with it.
func announceFile(folder: [UInt8], name: ArraySlice<UInt8>) {
  guard let file = try? open(folder: folder, name: name) else { return }
  _ = posix_fadvise(file.rawValue, 0, 0, POSIX_FADV_WILLNEED)
  try? file.close()
}

/// Opens the file without building its path on the heap: this runs once for every image of every epoch.
private func open(folder: [UInt8], name: ArraySlice<UInt8>) throws -> FileDescriptor {
  try withUnsafeTemporaryAllocation(of: CChar.self, capacity: folder.count + name.count + 1) { path in
    var length = 0
    for byte in folder {
      path.initializeElement(at: length, to: CChar(bitPattern: byte))
      length += 1
    }
    for byte in name {
      path.initializeElement(at: length, to: CChar(bitPattern: byte))
      length += 1
    }
    path.initializeElement(at: length, to: 0)
    return try path.withMemoryRebound(to: CInterop.PlatformChar.self) { path in
      guard let path = path.baseAddress else { throw Errno.invalidArgument }
      return try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
    }
  }
}

private func readAll(_ file: FileDescriptor, into bytes: inout ByteBuffer) throws {
  let size = Int(try file.seek(offset: 0, from: .end))
  if size > bytes.fileLimit { throw FileTooLarge(bytes: size) }
  let buffer = bytes.resize(to: size)
  var filled = 0
  while filled < size {
    let part = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
    let count = try file.read(fromAbsoluteOffset: Int64(filled), into: part)
    // A file that shrinks while it is read is truncated: the decoder will say so.
    if count == 0 { break }
    filled += count
  }
  if filled < size { bytes.truncate(to: filled) }
}

private struct FileTooLarge: Error { let bytes: Int }
