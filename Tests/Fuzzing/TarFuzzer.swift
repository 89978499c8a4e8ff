/// Indexes the input as an archive and reads what was found; each sample must lie in the file, behind those before it.
private func run(_ input: UnsafeRawBufferPointer) throws {
  let file = try archive.get()
  try file.write(input)
  guard let index = index(of: file) else { return }
  var end = 0
  for (offset, length) in zip(index.offsets, index.lengths) {
    precondition(offset >= end + TarHeader.blockBytes && length > 0, "a sample in the header or in another sample")
    end = offset + Int(length)
    precondition(end <= input.count, "a sample that ends behind the file")
  }
  Survey.twice {
    () throws(DataError) in
    try TarShards(path: file.path, classes: classes)
  } check: { sample, bytes in
    let place = index.offsets[sample]..<index.offsets[sample] + Int(index.lengths[sample])
    precondition(bytes.elementsEqual(input[place]), "not the bytes at \(place)")
  }
}

/// Nil where the archive is refused, which must be so again the second time.
private func index(of file: FuzzedFile) -> ShardIndex? {
  func once() -> Result<ShardIndex, DataError> {
    Result { () throws(DataError) in try ShardIndexer.index(DataFile(BytePath(visible: file.path), as: "a tar archive"))
    }
  }
  let outcome = once()
  precondition(outcome == once(), "another outcome the second time")
  if case .failure(let error) = outcome { precondition(!error.description.isEmpty, "an error without words") }
  return try? outcome.get()
}

private let archive = Result { try FuzzedFile("shard.tar") }
private let classes = (0..<1000).map(String.init)

@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  do { try run(UnsafeRawBufferPointer(start: bytes, count: count)) } catch { preconditionFailure("\(error)") }
  return 0
}
