import Data
import Testing

/// Images that are not read are named as what they are, with what to do about it.
@Suite struct OtherImageTests {
  private static let box: [UInt8] = [0, 0, 0, 24]

  private static func media(_ brands: String) -> [UInt8] { box + Array("ftyp\(brands)".utf8) + [0, 0, 0, 0] }

  @Test(arguments: [
    (media("heic\0\0\0\0mif1heic"), "a HEIC image", "heif-convert"),
    (media("mif1\0\0\0\0mif1heix"), "a HEIC image", "heif-convert"),
    (media("avif\0\0\0\0avifmif1"), "an AVIF image", "avifdec"),
    (media("mif1\0\0\0\0avifmif1"), "an AVIF image", "avifdec"),
    (media("isom\0\0\0\0isomavc1"), "a film", "Convert it, or remove it"),
    ([0, 0, 0, 12] + Array("jP  \r\n".utf8) + [0x87, 10], "a JPEG 2000 image", "opj_decompress"),
    ([0xFF, 0x4F, 0xFF, 0x51, 0, 47], "a JPEG 2000 image", "opj_decompress"),
    ([0xFF, 0x0A, 0xFA], "a JPEG XL image", "djxl"),
    ([0, 0, 0, 12] + Array("JXL \r\n".utf8) + [0x87, 10], "a JPEG XL image", "djxl"),
    (Array("RIFF....WEBP".utf8), "a WebP image", "magick"),
    ([0, 0, 0, 24] + Array("ftyp".utf8), "a film", "Convert it"),
  ]) func byTheirBytes(bytes: [UInt8], name: String, advice: String) throws {
    for file in [bytes, bytes + [UInt8](repeating: 0, count: 100)] {
      let error = dataError { try decode(file, name: "x.jpg") }
      guard case .notAnImage? = error else {
        Issue.record("\(error.debugDescription)")
        return
      }
      #expect(error?.description.contains("it holds \(name)") == true, "\(error.debugDescription)")
      #expect(error?.description.contains(advice) == true, "\(error.debugDescription)")
    }
  }

  @Test(arguments: [
    ("x.heic", "HEIC"), ("x.HEIF", "HEIC"), ("x.avif", "AVIF"), ("x.jp2", "JPEG 2000"), ("x.j2k", "JPEG 2000"),
    ("x.jpf", "JPEG 2000"), ("x.JPX", "JPEG 2000"), ("x.jxl", "JPEG XL"), ("x.tiff", "TIFF"),
  ]) func byTheirEndings(name: String, format: String) throws {
    let folder = try TemporaryFolder()
    try folder.file("a/1.jpg")
    try folder.file("a/\(name)")
    let error = dataError { try FolderTree(root: folder.path) }
    #expect(error == .unsupportedFormat(path: "\(folder.path)/a/\(name)", format: format))
    #expect(error?.description.contains("Convert it to JPEG or PNG (for example with") == true)
    #expect(error?.description.contains("\(format == "AVIF" ? "an" : "a") \(format) file") == true)
    var archive = TarArchive()
    archive.addSample("s", [1], label: "0")
    archive.add("t.\(name.dropFirst(2))", [1])
    archive.add("t.cls", [0x30])
    try folder.file("a.tar", archive.ended)
    #expect(
      dataError { try TarShards(path: folder.path + "/a.tar") }
        == .unsupportedFormat(path: "\(folder.path)/a.tar, member t.\(name.dropFirst(2))", format: format))
  }

  /// JPEGs of kinds that the library refuses are not damaged, and are not called so.
  @Test(
    arguments: [
      (0xC1, 12, "a JPEG of 12 bits a channel"), (0xC0, 12, "a JPEG of 12 bits a channel"),
      (0xC3, 8, "lossless"), (0xC3, 16, "lossless"), (0xCB, 8, "lossless"), (0xC5, 8, "hierarchy"),
      (0xCF, 8, "hierarchy"),
    ] as [(UInt8, UInt8, String)]) func kindsOfJPEG(marker: UInt8, bits: UInt8, words: String) throws
  {
    for name in ["rgb.jpg", "gray.jpg", "progressive.jpg"] {
      var file = try Fixtures.bytes(name)
      let frame = try #require(
        (0..<file.count - 1).first { file[$0] == 0xFF && (file[$0 + 1] == 0xC0 || file[$0 + 1] == 0xC2) })
      file[frame + 1] = marker
      file[frame + 4] = bits
      let error = dataError { try decode(file, name: "x.jpg") }
      guard case .unsupportedJPEG? = error else {
        Issue.record("\(name): \(error.debugDescription)")
        return
      }
      #expect(error?.description.contains(words) == true && error?.description.contains("magick") == true)
    }
  }

  @Test func damagedOnesAreStillDamaged() throws {
    let file = try Fixtures.bytes("rgb.jpg")
    guard case .corruptImage? = dataError({ try decode(Array(file.prefix(300)), name: "x") }) else {
      Issue.record("a JPEG that was cut off is not called damaged")
      return
    }
  }
}
