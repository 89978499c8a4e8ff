import CFuzzer

/// Mutates and then, three times in four, makes both files as long as their headers say: as many images and labels as
/// there are bytes for both.
@_cdecl("LLVMFuzzerCustomMutator")
func mutateIDX(_ bytes: UnsafeMutablePointer<UInt8>?, _ count: Int, _ capacity: Int, _ seed: UInt32) -> Int {
  let count = LLVMFuzzerMutate(bytes, count, capacity)
  let file = UnsafeMutableBufferPointer(start: bytes, count: capacity)
  guard seed % 4 != 0, let files = TwoFiles(Array(file[..<count])), let whole = matched(files),
    whole.count <= capacity
  else { return count }
  _ = file.update(fromContentsOf: whole)
  return whole.count
}

/// Nil where a header is cut off, or names no dimension in 16 bits.
private func matched(_ files: TwoFiles) -> [UInt8]? {
  var (images, labels) = (Array(files.first), Array(files.second))
  guard images.count >= 16, labels.count >= 8 else { return nil }
  let size = [8, 12].map { Int(images[$0 + 2]) << 8 | Int(images[$0 + 3]) }.reduce(1, *)
  guard size > 0 else { return nil }
  let samples = min((images.count - 16) / size, labels.count - 8)
  for offset in 0..<4 {
    images[4 + offset] = UInt8(truncatingIfNeeded: samples >> (24 - 8 * offset))
    labels[4 + offset] = images[4 + offset]
    // Dimensions beyond 16 bits cannot fit.
    if offset < 2 { (images[8 + offset], images[12 + offset]) = (0, 0) }
  }
  return TwoFiles.joined(
    flags: files.flags, Array(images[..<(16 + samples * size)]), Array(labels[..<(8 + samples)]))
}
