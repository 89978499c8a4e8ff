import Foundation
import SystemPackage

/// What a folder holds, by kind; names are bytes as the file system gives them. Hidden entries are only counted.
struct FolderListing {
  var folders: [[UInt8]] = []
  var images: [[UInt8]] = []
  /// Hidden entries and files that are no images.
  var ignored = 0

  /// Lists `folder`, a path that ends in a slash, following symbolic links. Throws where the folder is missing or
  /// unreadable, at a link that leads nowhere, and at an image that is neither JPEG nor PNG.
  init(of folder: [UInt8]) throws(DataError) {
    guard let stream = opendir(Self.terminated(folder)) else { throw Self.error(opening: folder, errno) }
    defer { closedir(stream) }
    while true {
      errno = 0
      guard let entry = readdir(stream) else { break }
      let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
        UnsafeRawPointer(field).withMemoryRebound(to: CChar.self, capacity: 256) { text in
          [UInt8](UnsafeRawBufferPointer(start: text, count: strlen(text)))
        }
      }
      try add(name, type: entry.pointee.d_type, in: folder)
    }
    if errno != 0 { throw .unreadable(path: text(folder.dropLast()), reason: Errno(rawValue: errno).description) }
  }

  private mutating func add(_ name: [UInt8], type: UInt8, in folder: [UInt8]) throws(DataError) {
    if name.first == UInt8(ascii: ".") {
      if name != Array(".".utf8) && name != Array("..".utf8) { ignored += 1 }
      return
    }
    if try Self.isFolder(name, type: type, in: folder) {
      folders.append(name)
    } else {
      switch NameKind(of: name) {
      case .image: images.append(name)
      case .other: ignored += 1
      case .unsupportedImage(let format): throw .unsupportedFormat(path: text(folder + name), format: format)
      }
    }
  }

  private static func isFolder(_ name: [UInt8], type: UInt8, in folder: [UInt8]) throws(DataError) -> Bool {
    // Only a link, or a file system that does not tell the type, is worth a call per entry.
    if type == DT_DIR { return true }
    if type != DT_LNK && type != DT_UNKNOWN { return false }
    let path = folder + name
    var status = stat()
    guard stat(Self.terminated(path), &status) == 0 else {
      throw .unreadable(path: text(path), reason: Errno(rawValue: errno).description)
    }
    return status.st_mode & S_IFMT == S_IFDIR
  }

  private static func terminated(_ path: [UInt8]) -> [CChar] {
    path.map { CChar(bitPattern: $0) } + [0]
  }

  private static func error(opening folder: [UInt8], _ code: Int32) -> DataError {
    let path = text(folder.dropLast())
    return switch code {
    case ENOENT: .missingFolder(path: path)
    case ENOTDIR: .notAFolder(path: path)
    default: .unreadable(path: path, reason: Errno(rawValue: code).description)
    }
  }
}

/// What the ending of a file's name says about it.
enum NameKind: Hashable {
  /// JPEG or PNG; which of them, the file's first bytes say.
  case image
  case unsupportedImage(format: String)
  case other

  private static let otherFormats: [String: String] = [
    "webp": "WebP", "gif": "GIF", "bmp": "BMP", "tif": "TIFF", "tiff": "TIFF", "ppm": "PPM", "pgm": "PGM",
    "jp2": "JPEG 2000", "jxl": "JPEG XL", "avif": "AVIF", "heic": "HEIC",
  ]

  init(of name: [UInt8]) {
    guard let dot = name.lastIndex(of: UInt8(ascii: ".")) else {
      self = .other
      return
    }
    self.init(ending: text(name[(dot + 1)...]).lowercased())
  }

  /// - Parameter ending: what comes after the last dot, in lower case.
  init(ending: String) {
    if ending == "jpg" || ending == "jpeg" || ending == "png" {
      self = .image
    } else if let format = Self.otherFormats[ending] {
      self = .unsupportedImage(format: format)
    } else {
      self = .other
    }
  }
}

let slash = [UInt8(ascii: "/")]

/// A path as a person reads it. File names are bytes, and need not be valid UTF-8.
func text(_ path: some Collection<UInt8>) -> String { String(decoding: path, as: UTF8.self) }
