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
