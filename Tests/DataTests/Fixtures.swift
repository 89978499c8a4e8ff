import Data
import Foundation

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
func decode(_ bytes: [UInt8], name: String = "fixture") throws -> (size: PixelSize, pixels: [UInt8]) {
  var decoder = try JPEGDecoder()
  var pixels = ByteBuffer()
  let size = try bytes.withUnsafeBytes { bytes throws(DataError) in
    try decoder.decode(bytes, name: name, into: &pixels)
  }
  return (size, Array(pixels.bytes))
}

/// A folder that is removed at the end of the test.
final class TemporaryFolder {
  let path = NSTemporaryDirectory() + "data-tests-" + UUID().uuidString

  init() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

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
}
