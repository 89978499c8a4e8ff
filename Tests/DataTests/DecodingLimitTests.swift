import Data
import Testing

@Suite struct DecodingLimitTests {
  private func expect(_ kind: DecodingLimits.Kind, _ limits: DecodingLimits, _ file: [UInt8]) {
    do {
      _ = try decode(file, name: "folder/big.jpg", DecodingOptions(limits: limits))
      Issue.record("no limit on \(kind)")
    } catch let error as DataError {
      guard case .limitExceeded(path: "folder/big.jpg", _, _, kind) = error else {
        Issue.record("\(error)")
        return
      }
      #expect("\(error)".contains("data.limits.\(kind.rawValue)"))
    } catch {
      Issue.record("\(error)")
    }
  }

  @Test func eachLimitHolds() throws {
    let (jpeg, progressive) = (try Fixtures.bytes("rgb.jpg"), try Fixtures.bytes("progressive.jpg"))
    let png = try Fixtures.bytes("png/2-8.png")
    expect(.pixels, DecodingLimits(pixels: 52 * 39 - 1), jpeg)
    expect(.pixels, DecodingLimits(pixels: 21 * 13 - 1), png)
    expect(.fileBytes, DecodingLimits(fileBytes: jpeg.count - 1), jpeg)
    expect(.scans, DecodingLimits(scans: 3), progressive)
    // Three million coefficients of two bytes.
    let large = manyScans(of: progressive, times: 0, size: PixelSize(width: 1000, height: 1000))
    expect(.memoryBytes, DecodingLimits(memoryBytes: 1_000_000), large)
    let limits = DecodingLimits(
      pixels: 52 * 39, fileBytes: max(jpeg.count, progressive.count, png.count), scans: 20)
    for file in [jpeg, progressive, png] {
      #expect(throws: Never.self) { try decode(file, DecodingOptions(limits: limits)) }
    }
  }

  /// A scan of a few bytes goes over all blocks of a large image.
  @Test func timeIsLimited() throws {
    let file = manyScans(
      of: try Fixtures.bytes("progressive.jpg"), times: 90, size: PixelSize(width: 5000, height: 5000))
    expect(.seconds, DecodingLimits(seconds: 0.03), file)
  }

  /// A file that is too large is not read at all.
  @Test func largeFilesAreNotRead() throws {
    let folder = try TemporaryFolder()
    try folder.file("a/1.jpg", Fixtures.bytes("rgb.jpg"))
    let tree = try FolderTree(root: folder.path)
    var bytes = ByteBuffer(fileLimit: 100)
    #expect(throws: DataError.self) { try tree.read(0, into: &bytes) }
    #expect(bytes.count == 0)
  }
}

/// A progressive file whose last scan comes `times` more, and whose header promises another size.
func manyScans(of file: [UInt8], times: Int, size: PixelSize? = nil) -> [UInt8] {
  var file = file
  if let size, let frame = file.indices.dropLast(9).first(where: { file[$0] == 0xFF && file[$0 + 1] == 0xC2 }) {
    file.replaceSubrange(
      frame + 5..<frame + 9,
      with: [UInt8(size.height >> 8), UInt8(size.height & 255), UInt8(size.width >> 8), UInt8(size.width & 255)])
  }
  guard let last = file.indices.dropLast(1).last(where: { file[$0] == 0xFF && file[$0 + 1] == 0xDA }) else {
    return file
  }
  let scan = Array(file[last..<file.count - 2])
  var result = Array(file[..<(file.count - 2)])
  for _ in 0..<times { result += scan }
  return result + [0xFF, 0xD9]
}
