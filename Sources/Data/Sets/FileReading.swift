import Glibc

/// Replaces `bytes` by the contents of the file `<folder><name>`, read whole.
func readFile(folder: [UInt8], name: ArraySlice<UInt8>, into bytes: inout ByteBuffer) throws(DataError) {
  var file: Int32 = -1
  var status = stat()
  var code = withPath(folder, name) { openForReading($0, &file, &status) }
  if OpenFileLimit(code) != nil {
    code = makingRoom { withPath(folder, name) { openForReading($0, &file, &status) } }
  }
  if code != 0 { throw .system(code, text(folder + name)) }
  defer { close(file) }
  let kind = FileKind(status)
  // It was a file when the folder was listed.
  guard kind == .file else { throw .notAFile(path: text(folder + name), found: kind.rawValue) }
  let size = Int(status.st_size)
  guard size <= bytes.fileLimit else {
    throw .limitExceeded(
      path: text(folder + name), found: "\(size) bytes", limit: "\(bytes.fileLimit)", kind: .fileBytes)
  }
  let (filled, failure) = readFile(file, at: 0, into: bytes.resize(to: size))
  if failure != 0 { throw .system(failure, text(folder + name)) }
  // A file that shrinks while it is read is truncated: the decoder will say so.
  if filled < size { bytes.truncate(to: filled) }
}

/// Lets the system read the file `<folder><name>` ahead. Whoever reads it will see what is wrong with it.
func announceFile(folder: [UInt8], name: ArraySlice<UInt8>) {
  var file: Int32 = -1
  var status = stat()
  guard withPath(folder, name, { openForReading($0, &file, &status, waits: false) }) == 0 else { return }
  if FileKind(status) == .file { _ = posix_fadvise(file, 0, 0, POSIX_FADV_WILLNEED) }
  close(file)
}

/// Lends the path without building it on the heap: this runs once for every image of every epoch.
private func withPath(
  _ folder: [UInt8], _ name: ArraySlice<UInt8>, _ body: (UnsafePointer<CChar>) -> Int32
) -> Int32 {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: folder.count + name.count + 1) { path in
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
    return path.baseAddress.map { body($0) } ?? EINVAL
  }
}
