import Data
import Foundation
import Glibc

/// The files of the `Fixtures` folder; `make_fixtures.py` there says what each is.
enum Fixtures {
  static let size = PixelSize(width: 52, height: 39)

  static func path(_ name: String) -> String {
    Bundle.module.bundlePath + "/Fixtures/" + name
  }

  static func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Foundation.Data(contentsOf: URL(fileURLWithPath: path(name))))
  }
}

/// Decodes one file in memory: the pixels, u8 `[height, width, 3]`.
func decode(
  _ bytes: [UInt8], name: String = "fixture", _ options: DecodingOptions = DecodingOptions()
) throws -> (size: PixelSize, pixels: [UInt8]) {
  var decoder = try ImageDecoder(options)
  var pixels = ByteBuffer()
  let size = try bytes.withUnsafeBytes { bytes throws(DataError) in
    let size = try decoder.readHeader(bytes, name: name)
    try decoder.decode(PixelRegion(size), name: name, into: &pixels)
    return size
  }
  return (size, threeBytes(pixels.bytes))
}

/// Pixels without their fourth byte.
func threeBytes(_ pixels: some Sequence<UInt8>) -> [UInt8] {
  pixels.enumerated().filter { $0.offset % 4 < 3 }.map(\.element)
}

/// Pixels with a fourth byte, which must not count, and as many bytes behind them as may be read.
func fourBytes(_ pixels: [UInt8]) -> [UInt8] {
  var result: [UInt8] = []
  for pixel in 0..<pixels.count / 3 {
    result += pixels[(3 * pixel)..<(3 * pixel + 3)]
    result.append(UInt8(truncatingIfNeeded: pixel))
  }
  return result + [UInt8](repeating: 251, count: 12)
}

/// A folder that is removed at the end of the test.
final class TemporaryFolder {
  let path = NSTemporaryDirectory() + "data-tests-" + UUID().uuidString

  init() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  /// Names need not be UTF-8, which Foundation does not remove.
  deinit { walk(path.utf8CString.map { $0 }) { remove($0) } }

  /// Makes a folder below this one and returns its path.
  @discardableResult
  func folder(_ name: String) throws -> String {
    try FileManager.default.createDirectory(atPath: path + "/" + name, withIntermediateDirectories: true)
    return path + "/" + name
  }

  /// Writes a file below this one, and its folder.
  func file(_ name: String, _ bytes: [UInt8] = []) throws {
    let url = URL(fileURLWithPath: path + "/" + name)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Foundation.Data(bytes).write(to: url)
  }

  /// The same for names that are bytes; `name` is below this folder, and so are the folders that it makes.
  func file(_ name: [UInt8], _ bytes: [UInt8] = []) throws {
    let parts = name.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    var path = Array(path.utf8)
    for part in parts.dropLast() {
      path += [UInt8(ascii: "/")] + part
      mkdir(path.map { CChar(bitPattern: $0) } + [0], 0o777)
    }
    path += [UInt8(ascii: "/")] + (parts.last ?? [])
    let file = open(path.map { CChar(bitPattern: $0) } + [0], O_WRONLY | O_CREAT | O_TRUNC, 0o666)
    guard file >= 0 else { throw CocoaError(.fileWriteUnknown) }
    defer { close(file) }
    guard write(file, bytes, bytes.count) == bytes.count else { throw CocoaError(.fileWriteUnknown) }
  }

  /// Makes a FIFO, which whoever opens it like a file waits for.
  func pipe(_ name: String) throws {
    try FileManager.default.createDirectory(
      atPath: (path + "/" + name as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    guard mkfifo(path + "/" + name, 0o666) == 0 else { throw CocoaError(.fileWriteUnknown) }
  }

  /// Makes folders and files look as if nothing had changed for a minute.
  func age() {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    let time = timespec(tv_sec: now.tv_sec - 60, tv_nsec: 0)
    walk(path.utf8CString.map { $0 }) { path in
      withUnsafePointer(to: (time, time)) {
        $0.withMemoryRebound(to: timespec.self, capacity: 2) { utimensat(AT_FDCWD, path, $0, AT_SYMLINK_NOFOLLOW) }
      }
    }
  }
}

/// Calls `body` with what is below `path`, which ends in zero, and then with `path`; links are not followed.
private func walk(_ path: [CChar], _ body: ([CChar]) -> Int32) {
  var status = stat()
  if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, let folder = opendir(path) {
    var names: [[CChar]] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { $0.prefix { $0 != 0 }.map { CChar(bitPattern: $0) } }
      if name != [46] && name != [46, 46] { names.append(path.dropLast() + [47] + name + [0]) }
    }
    closedir(folder)
    for name in names { walk(name, body) }
  }
  _ = body(path)
}
