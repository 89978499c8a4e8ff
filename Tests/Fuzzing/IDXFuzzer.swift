import CZlib

/// Reads the input as a file of images and one of labels. Bits 0 and 1 of the flags have the harness pack the one or
/// the other, so that what is packed is as easily varied as what is not; a file may also be gzip data by itself.
private func run(_ input: [UInt8]) throws {
  guard let files = TwoFiles(input) else { return }
  let (images, labels) = try pair.get()
  try images.write(files.flags & 1 == 0 ? files.first : packed(files.first)[...])
  try labels.write(files.flags & 2 == 0 ? files.second : packed(files.second)[...])
  let isPacked = files.first.starts(with: [0x1F, 0x8B])
  Survey.twice {
    () throws(DataError) in
    try IDXImages(path: images.path, role: .training)
  } check: { sample, bytes in
    let pixels = bytes.count / 3
    let start = files.first.startIndex + 16 + sample * pixels
    for pixel in 0..<(isPacked ? 0 : pixels) {
      let grey = files.first[start + pixel]
      precondition((0..<3).allSatisfy { bytes[3 * pixel + $0] == grey }, "not the grey values")
    }
  }
}

private let pair = Result { (try FuzzedFile("images-idx3"), try FuzzedFile("labels-idx1")) }

/// A gzip file of one stored block, for at most 65,535 bytes. Sources: RFC 1951, 3.2.4; RFC 1952, 2.3.
private func packed(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
  func number(_ value: UInt, bytes: Int) -> [UInt8] { (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
  let length = UInt(bytes.count)
  let sum = bytes.withUnsafeBufferPointer { crc32(0, $0.baseAddress, UInt32($0.count)) }
  return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1] + number(length, bytes: 2) + number(~length, bytes: 2) + bytes
    + number(sum, bytes: 4) + number(length, bytes: 4)
}

@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  do { try run(Array(UnsafeBufferPointer(start: bytes, count: count))) } catch { preconditionFailure("\(error)") }
  return 0
}
