import Data
import Testing

@Suite struct JPEGDecoderTests {
  /// Every kind of JPEG gives the pixels that Pillow has, exactly.
  @Test(arguments: [
    "rgb.jpg", "rgb444.jpg", "gray.jpg", "cmyk.jpg", "ycck.jpg", "progressive.jpg", "subsampling-3x1.jpg",
  ])
  func decodesLikePillow(name: String) throws {
    let expected = try Fixtures.bytes(name + ".rgb")
    let image = try decode(Fixtures.bytes(name))
    #expect(image.size == Fixtures.size)
    #expect(image.pixels == expected)
  }

  @Test func oneDecoderServesManyImages() throws {
    var decoder = try JPEGDecoder()
    var pixels = ByteBuffer()
    for name in ["rgb.jpg", "truncated.jpg", "cmyk.jpg", "text.jpg", "gray.jpg", "progressive.jpg", "rgb.jpg"] {
      let bytes = try Fixtures.bytes(name)
      let size = try? bytes.withUnsafeBytes { bytes throws(DataError) in
        try decoder.decode(bytes, name: name, into: &pixels)
      }
      if name == "truncated.jpg" || name == "text.jpg" {
        #expect(size == nil)
      } else {
        #expect(Array(pixels.bytes) == (try Fixtures.bytes(name + ".rgb")))
      }
    }
  }

  /// Every shortened file is an error, whichever byte it ends after, and names the file.
  @Test(arguments: ["rgb.jpg", "gray.jpg", "progressive.jpg", "cmyk.jpg"])
  func truncatedAnywhereIsAnError(name: String) throws {
    let whole = try Fixtures.bytes(name)
    for count in 2..<whole.count {
      do {
        _ = try decode(Array(whole[..<count]), name: "folder/short.jpg")
        Issue.record("\(name) cut to \(count) of \(whole.count) bytes was accepted")
      } catch let error as DataError {
        guard case .corruptImage(path: "folder/short.jpg", _) = error else {
          Issue.record("\(name) cut to \(count) bytes: \(error)")
          continue
        }
      }
    }
  }

  /// Pixels that were never written are an error also where the file ends as it should.
  @Test(arguments: ["rgb.jpg", "gray.jpg", "progressive.jpg", "cmyk.jpg"])
  func missingDataIsAnError(name: String) throws {
    let whole = try Fixtures.bytes(name)
    let reason = "Corrupt JPEG data: premature end of data segment"
    #expect(throws: DataError.corruptImage(path: name, reason: reason)) {
      try decode(whole[..<(whole.count * 9 / 10)] + [0xFF, 0xD9], name: name)
    }
  }

  @Test func damagedDataIsAnError() throws {
    var bytes = try Fixtures.bytes("rgb.jpg")
    for offset in bytes.count / 2..<bytes.count / 2 + 40 { bytes[offset] = 0xFF }
    #expect(throws: DataError.self) { try decode(bytes) }
  }

  /// Cameras leave bytes before the end marker, and tools after it; nothing is lost.
  @Test func bytesAroundTheEndAreHarmless() throws {
    let whole = try Fixtures.bytes("rgb.jpg")
    let expected = try Fixtures.bytes("rgb.jpg.rgb")
    #expect(try decode(whole + [1, 2, 3]).pixels == expected)
    #expect(try decode(whole.dropLast(2) + [1, 2, 3, 0xFF, 0xD9]).pixels == expected)
  }

  @Test(arguments: [("text.jpg", "text"), ("png.jpg", "a PNG image")])
  func otherContentsAreNamed(file: String, kind: String) throws {
    let bytes = try Fixtures.bytes(file)
    #expect(throws: DataError.notAnImage(path: "a/" + file, found: kind)) { try decode(bytes, name: "a/" + file) }
  }

  @Test func emptyAndTinyFiles() throws {
    #expect(throws: DataError.notAnImage(path: "x.jpg", found: "no bytes")) { try decode([], name: "x.jpg") }
    #expect(throws: DataError.self) { try decode([0xFF, 0xD8]) }
    #expect(throws: DataError.self) { try decode([0xFF, 0xD8, 0xFF, 0xD9]) }
  }

  /// A header that promises 65,500 x 65,500 pixels must not cost 12 GB.
  @Test func hugeImagesAreRefused() throws {
    var bytes = try Fixtures.bytes("rgb.jpg")
    let frame = try #require(
      bytes.indices.dropLast(9).first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xC0 && bytes[$0 + 2] == 0 })
    for offset in [5, 7] {
      bytes[frame + offset] = 0xFF
      bytes[frame + offset + 1] = 0xDC
    }
    #expect(
      throws: DataError.imageTooLarge(path: "fixture", width: 65_500, height: 65_500, limit: JPEGDecoder.pixelLimit)
    ) { try decode(bytes) }
  }
}
