import Foundation

/// Reads the input as a file of class names and one of records. So that inputs stay small, a record in them is its
/// label bytes and one more, from which the pixels follow; what is left over is written as it is. Bit 0 of the flags
/// chooses CIFAR-100, bit 1 removes the names.
private func run(_ input: [UInt8]) throws {
  guard let files = TwoFiles(input) else { return }
  let kind: CIFARImages.Kind = files.flags & 1 == 0 ? .cifar10 : .cifar100
  let labelBytes = kind == .cifar10 ? 1 : 2
  let content = expand(files.second, labelBytes: labelBytes)
  let records = try records.get()
  try records.write(content)
  let names = try (kind == .cifar10 ? names10 : names100).get()
  if files.flags & 2 == 0 { try names.write(files.first) } else { names.remove() }
  Survey.twice {
    () throws(DataError) in
    try CIFARImages(kind, path: records.path, role: .training)
  } check: { sample, bytes in
    let seed = files.second[files.second.startIndex + sample * (labelBytes + 1) + labelBytes]
    guard let read = bytes.baseAddress else { preconditionFailure("no pixels") }
    precondition(memcmp(interleaved[Int(seed)], read, 3072) == 0, "other pixels")
  }
}

private let records = Result { try FuzzedFile("records.bin") }
private let names10 = Result { try FuzzedFile("batches.meta.txt") }
private let names100 = Result { try FuzzedFile("fine_label_names.txt") }

/// The pixels that follow from each value, plane by plane as in a file and as they must be read.
private let planes: [[UInt8]] = (0..<256).map { seed in
  (0..<3072).map { UInt8(truncatingIfNeeded: seed &* ($0 | 1) &+ $0 >> 5) }
}
private let interleaved: [[UInt8]] = planes.map { planes in (0..<3072).map { planes[$0 % 3 * 1024 + $0 / 3] } }

private func expand(_ records: ArraySlice<UInt8>, labelBytes: Int) -> [UInt8] {
  var content: [UInt8] = []
  let whole = records.count / (labelBytes + 1) * (labelBytes + 1)
  for start in stride(from: records.startIndex, to: records.startIndex + whole, by: labelBytes + 1) {
    content += records[start..<start + labelBytes]
    content += planes[Int(records[start + labelBytes])]
  }
  return content + records.dropFirst(whole)
}

@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  do { try run(Array(UnsafeBufferPointer(start: bytes, count: count))) } catch { preconditionFailure("\(error)") }
  return 0
}
