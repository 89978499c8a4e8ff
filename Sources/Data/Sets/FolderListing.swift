import Glibc

/// What a folder holds, by kind; names are bytes as the file system gives them. Hidden entries are only counted.
struct FolderListing {
  var folders: [[UInt8]] = []
  var images: [[UInt8]] = []
  /// Hidden entries and files that are no images.
  var ignored = 0

  /// Lists `folder`, a path that ends in a slash, following symbolic links. Throws where the folder is missing or
  /// unreadable, at a link that leads nowhere, at an image that is neither JPEG nor PNG, and where something that is no file
  /// is named like an image: to open a FIFO may take for ever.
  init(of folder: [UInt8]) throws(DataError) {
    try forEachEntry(of: BytePath(folder.dropLast())) { (name, kind) throws(DataError) in
      if name.first == UInt8(ascii: ".") { ignored += 1 } else { try add(name, kind, in: folder) }
    }
  }

  private mutating func add(_ name: [UInt8], _ listed: FileKind?, in folder: [UInt8]) throws(DataError) {
    // Not with ??, whose right side would throw any error.
    let kind = if let listed { listed } else { try Self.kind(of: BytePath(folder + name)) }
    if kind == .folder {
      folders.append(name)
      return
    }
    let nameKind = NameKind(of: name)
    if nameKind != .other && kind != .file { throw .notAFile(path: text(folder + name), found: kind.rawValue) }
    switch nameKind {
    case .image: images.append(name)
    case .other: ignored += 1
    case .unsupportedImage(let format): throw .unsupportedFormat(path: text(folder + name), format: format)
    }
  }

  /// Only a link, or a file system that does not tell the kind, is worth a call per entry.
  private static func kind(of path: BytePath) throws(DataError) -> FileKind {
    var status = stat()
    guard path.withCString({ stat($0, &status) }) == 0 else { throw .system(errno, path.text) }
    return FileKind(status)
  }
}

/// Calls `body` with the name of every entry of a folder but `.` and `..`, and with its kind where the folder tells it.
func forEachEntry(
  of folder: BytePath, _ body: (_ name: [UInt8], _ kind: FileKind?) throws(DataError) -> Void
) throws(DataError) {
  var opened: OpaquePointer?
  // With a slash at the end links are followed, as with any folder inside a path.
  let path = BytePath(folder.bytes + slash)
  let code = makingRoom {
    opened = path.withCString { opendir($0) }
    return opened == nil ? errno : 0
  }
  guard let stream = opened else { throw error(opening: folder, code) }
  defer { closedir(stream) }
  while true {
    errno = 0
    guard let entry = readdir(stream) else { break }
    let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
      UnsafeRawPointer(field).withMemoryRebound(to: CChar.self, capacity: 256) { text in
        [UInt8](UnsafeRawBufferPointer(start: text, count: strlen(text)))
      }
    }
    if name == [UInt8(ascii: ".")] || name == Array("..".utf8) { continue }
    try body(name, FileKind(entry: entry.pointee.d_type))
  }
  if errno != 0 { throw .system(errno, folder.text) }
}

private func error(opening folder: BytePath, _ code: Int32) -> DataError {
  switch code {
  case ENOENT: .missingFolder(path: folder.text)
  case ENOTDIR:
    .notAFolder(path: folder.text, found: FileKind(of: folder).flatMap { $0 == .file ? nil : $0.rawValue })
  default: .system(code, folder.text)
  }
}
