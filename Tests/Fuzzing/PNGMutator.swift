import CFuzzer

/// Mutates and then repairs the checksums of all chunks, without which libpng looks at nothing else. One time in sixteen
/// they stay broken.
@_cdecl("LLVMFuzzerCustomMutator")
func mutatePNG(_ bytes: UnsafeMutablePointer<UInt8>?, _ count: Int, _ capacity: Int, _ seed: UInt32) -> Int {
  let count = LLVMFuzzerMutate(bytes, count, capacity)
  if seed % 16 != 0 { repairChecksums(UnsafeMutableBufferPointer(start: bytes, count: count)) }
  return count
}

private func repairChecksums(_ file: UnsafeMutableBufferPointer<UInt8>) {
  var place = 8
  while place + 12 <= file.count {
    let length = file[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
    guard length <= file.count - place - 12 else { return }
    let end = place + 8 + length
    let crc = crc32(file[place + 4..<end])
    for byte in 0..<4 { file[end + byte] = UInt8(truncatingIfNeeded: crc >> UInt32(24 - 8 * byte)) }
    place = end + 4
  }
}
