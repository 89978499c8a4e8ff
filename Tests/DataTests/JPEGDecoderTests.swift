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
    var decoder = try ImageDecoder()
    var pixels = ByteBuffer()
    for name in ["rgb.jpg", "truncated.jpg", "cmyk.jpg", "text.jpg", "gray.jpg", "progressive.jpg", "rgb.jpg"] {
      let bytes = try Fixtures.bytes(name)
      let size = try? bytes.withUnsafeBytes { bytes throws(DataError) in
        let size = try decoder.readHeader(bytes, name: name)
        try decoder.decode(PixelRegion(size), name: name, into: &pixels)
        return size
      }
      if name == "truncated.jpg" || name == "text.jpg" {
        #expect(size == nil)
      } else {
        #expect(threeBytes(pixels.bytes) == (try Fixtures.bytes(name + ".rgb")))
      }
    }
  }

  /// A file without tables is damaged, also after one that had them: libjpeg keeps tables for abbreviated files.
  @Test func tablesAreOfTheFileItself() throws {
    let whole = try Fixtures.bytes("rgb.jpg")
    var bare = whole
    while let start = bare.indices.dropLast(4).first(where: { bare[$0] == 0xFF && bare[$0 + 1] == 0xDB }) {
      bare.removeSubrange(start..<start + 2 + Int(bare[start + 2]) << 8 + Int(bare[start + 3]))
    }
    var decoder = try ImageDecoder()
    var pixels = ByteBuffer()
    func read(_ file: [UInt8]) throws {
      try file.withUnsafeBytes { bytes in
        let size = try decoder.readHeader(bytes, name: "bare")
        try decoder.decode(PixelRegion(size), name: "bare", into: &pixels)
      }
    }
    try read(whole)
    #expect(throws: DataError.self) { try read(bare) }
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

  @Test func otherContentsAreNamed() throws {
    let bytes = try Fixtures.bytes("text.jpg")
    #expect(throws: DataError.notAnImage(path: "a/text.jpg", found: "text")) { try decode(bytes, name: "a/text.jpg") }
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
    let error = DataError.limitExceeded(path: "x", found: "65500x65500", limit: "100000000", kind: .pixels)
    #expect(throws: error) { try decode(bytes, name: "x") }
    #expect("\(error)".contains("65500x65500, and the limit is 100000000 (data.limits.pixels)"))
  }
}
