@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  let file = UnsafeRawBufferPointer(start: bytes, count: count)
  precondition(ImageOrientation(ofJPEG: file) == ImageOrientation(ofJPEG: file))
  return 0
}
