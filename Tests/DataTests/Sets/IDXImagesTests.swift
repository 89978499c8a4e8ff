import CZlib
import Data
import Testing

@Suite struct IDXImagesTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func idx(_ dimensions: [Int], _ values: [UInt8], type: UInt8 = 8) -> [UInt8] {
    [0, 0, type, UInt8(dimensions.count)]
      + dimensions.flatMap { size in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: size >> $0) } } + values
  }

  private func value(_ sample: Int, _ pixel: Int) -> UInt8 { UInt8(truncatingIfNeeded: sample &* 37 &+ pixel &* 11) }

  /// `count` images of 4 rows and 3 columns.
  private func images(_ range: Range<Int>) -> [UInt8] {
    idx([range.count, 4, 3], range.flatMap { sample in (0..<12).map { value(sample, $0) } })
  }

  private func labels(_ values: [UInt8]) -> [UInt8] { idx([values.count], values) }

  private func gzip(_ bytes: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    deflateInit2_(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    defer { deflateEnd(&stream) }
    var input = bytes
    var output = [UInt8](repeating: 0, count: bytes.count + 1000)
    let length = output.withUnsafeMutableBufferPointer { output in
      input.withUnsafeMutableBufferPointer { input in
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(output.count)
        #expect(deflate(&stream, Z_FINISH) == Z_STREAM_END)
        return output.count - Int(stream.avail_out)
      }
    }
    return Array(output[..<length])
  }

  private func writeAll(packed: Bool = false, dotted: Bool = false) throws {
    let (suffix, pack) = packed ? (".gz", gzip) : ("", { $0 })
    let (three, one) = dotted ? (".idx3", ".idx1") : ("-idx3", "-idx1")
    try folder.file("train-images\(three)-ubyte\(suffix)", pack(images(0..<5)))
    try folder.file("train-labels\(one)-ubyte\(suffix)", pack(labels([3, 0, 2, 4, 1])))
    try folder.file("t10k-images\(three)-ubyte\(suffix)", pack(images(50..<52)))
    try folder.file("t10k-labels\(one)-ubyte\(suffix)", pack(labels([2, 2])))
  }

  @Test(arguments: [(false, false), (true, false), (false, true), (true, true)])
  func readsAFolder(packed: Bool, dotted: Bool) throws {
    try writeAll(packed: packed, dotted: dotted)
    let training = try IDXImages(path: folder.path, role: .training)
    let validation = try IDXImages(path: folder.path, role: .validation, classes: training.classes)
    #expect(training.count == 5 && validation.count == 2)
    #expect((0..<5).map { training.label(of: $0) } == [3, 0, 2, 4, 1])
    #expect(training.classes == ["0", "1", "2", "3", "4"] && validation.classes == training.classes)
    for sample in 0..<5 {
      let (size, bytes) = try pixels(training, sample)
      #expect(size == PixelSize(width: 3, height: 4))
      #expect(bytes == (0..<36).map { value(sample, $0 / 3) })
    }
    #expect(try pixels(validation, 1).bytes == (0..<36).map { value(51, $0 / 3) })
  }

  @Test func readsAFileBesideItsLabels() throws {
    try folder.file("emnist-letters-train-images-idx3-ubyte.gz", gzip(images(0..<3)))
    try folder.file("emnist-letters-train-labels-idx1-ubyte.gz", gzip(labels([1, 26, 7])))
    let set = try IDXImages(path: folder.path + "/emnist-letters-train-images-idx3-ubyte.gz", role: .training)
    #expect((0..<3).map { set.label(of: $0) } == [1, 26, 7] && set.classes.count == 27)
    try folder.file("classes.json", Array(#"["a", "b"]"#.utf8))
    expectFault(
      folder.path + "/emnist-letters-train-labels-idx1-ubyte.gz", at: 9, "label 1", "2 classes", "got 26"
    ) { try IDXImages(path: folder.path + "/emnist-letters-train-images-idx3-ubyte.gz", role: .training) }
  }

  @Test func namesMayStandBeside() throws {
    try writeAll()
    try folder.file("classes.txt", Array("top\nleg\nbag\nhat\nshoe\nsock\n".utf8))
    #expect(
      try IDXImages(path: folder.path, role: .training).classes == ["top", "leg", "bag", "hat", "shoe", "sock"])
  }

  @Test func whatIsWrongIsNamed() throws {
    let (imagePath, labelPath) = (folder.path + "/train-images-idx3-ubyte", folder.path + "/train-labels-idx1-ubyte")
    func expect(
      _ imageBytes: [UInt8], _ labelBytes: [UInt8], _ path: String, at offset: Int?, _ words: String,
      sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      try folder.file("train-images-idx3-ubyte", imageBytes)
      try folder.file("train-labels-idx1-ubyte", labelBytes)
      expectFault(
        path, at: offset, words, from: { try IDXImages(path: folder.path, role: .training) },
        sourceLocation: sourceLocation)
    }
    let (good, goodLabels) = (images(0..<5), labels([3, 0, 2, 4, 1]))
    expectFault(folder.path, "train-images-idx3-ubyte") { try IDXImages(path: folder.path, role: .training) }
    try expect(labels([UInt8](1...20)), goodLabels, imagePath, at: 0, "3-dimensional bytes")
    try expect(idx([5, 4, 3], Array(good.dropFirst(16)), type: 13), goodLabels, imagePath, at: 0, "got [0, 0, 13, 3]")
    try expect(Array(good.dropLast()), goodLabels, imagePath, at: nil, "expected 60 bytes (5x4x3), got 59")
    try expect(good + [0], goodLabels, imagePath, at: nil, "got 61")
    try expect([0, 0, 8], goodLabels, imagePath, at: 0, "16 bytes")
    try expect(idx([5, 0, 3], []), goodLabels, imagePath, at: 8, "above 0")
    try expect(idx([0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF], []), goodLabels, imagePath, at: 8, "fits 63 bits")
    try expect(good, labels([3, 0, 2, 4]), labelPath, at: 4, "5 labels")
    // What a packed file promises is checked before memory is taken for it.
    let bomb = gzip(idx([0xFFFF_FFFF, 28, 28], []))
    try expect(bomb, goodLabels, imagePath, at: nil, "a packed file of only \(bomb.count) bytes")
    let packed = gzip(good)
    try expect(gzip(good + [0]), goodLabels, imagePath, at: nil, "got more")
    try expect(Array(packed.dropLast(2)), goodLabels, imagePath, at: nil, "no correct end")
    try expect(packed + [7], goodLabels, imagePath, at: nil, "data behind it")
    var damaged = packed
    damaged[packed.count - 6] ^= 1
    try expect(damaged, goodLabels, imagePath, at: packed.count - 4, "incorrect data check")
  }

  @Test func labelsBeyondTheTrainingSetAreNamed() throws {
    try writeAll()
    expectFault(folder.path + "/t10k-labels-idx1-ubyte", at: 8, "the training set's 2 classes", "got 2") {
      try IDXImages(path: folder.path, role: .validation, classes: ["0", "1"])
    }
  }
}
