/// Decodes what the fuzzer gives: first with every warning an error and every orientation applied, then with warnings
/// accepted. A crash, a sanitizer's report, a trap, or another outcome the second time is a find.
struct ImageFuzzer: ~Copyable {
  private var strict: ImageDecoder
  private var lenient: ImageDecoder

  /// Small images decode thousands of times a second.
  private static let limits = DecodingLimits(pixels: 1 << 15, scans: 30, memoryBytes: 1 << 22, seconds: 5)

  init() throws {
    let strict = try ImageDecoder(DecodingOptions(limits: Self.limits, orientation: .apply))
    let lenient = try ImageDecoder(DecodingOptions(limits: Self.limits, onWarning: .accept, scaled: true))
    self.strict = strict
    self.lenient = lenient
  }

  mutating func run(_ bytes: UnsafeRawBufferPointer) {
    let strictly = Self.decode(bytes, with: &strict)
    precondition(strictly == Self.decode(bytes, with: &strict), "another outcome the second time")
    _ = Self.decode(bytes, with: &lenient)
  }

  /// The sum of the pixels of a part that the file's last bytes choose; nil where the file is refused.
  private static func decode(_ bytes: UnsafeRawBufferPointer, with decoder: inout ImageDecoder) -> UInt64? {
    var choice = bytes.suffix(16).reduce(UInt64(bytes.count)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    func draw(below bound: Int) -> Int {
      choice = choice &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(choice >> 33) % bound
    }
    func part(_ length: Int) -> Range<Int> {
      let start = draw(below: length)
      return start..<start + 1 + draw(below: length - start)
    }
    do {
      let size = try decoder.readHeader(bytes, name: "fuzzed")
      let denominator = decoder.canScale ? 1 << draw(below: 4) : 1
      let image = size.shrunk(by: denominator)
      var pixels = ByteBuffer()
      try decoder.decode(
        PixelRegion(columns: part(image.width), rows: part(image.height)), denominator: denominator, name: "fuzzed",
        into: &pixels)
      return pixels.bytes.reduce(0) { $0 &* 31 &+ UInt64($1) }
    } catch {
      return nil
    }
  }
}

nonisolated(unsafe) private var fuzzer: ImageFuzzer? = try? ImageFuzzer()

@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  fuzzer!.run(UnsafeRawBufferPointer(start: bytes, count: count))
  return 0
}
