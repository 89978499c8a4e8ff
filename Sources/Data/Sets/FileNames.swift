/// Many file names in one allocation, in order: 8 bytes a name besides the name itself. A data set of millions of files
/// is a few tens of megabytes.
struct FileNames: Sendable {
  private var bytes: [UInt8] = []
  /// Where each name ends.
  private var ends: [Int] = []

  var count: Int { ends.count }

  mutating func append(_ name: [UInt8]) {
    bytes.append(contentsOf: name)
    ends.append(bytes.count)
  }

  subscript(index: Int) -> ArraySlice<UInt8> {
    bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
  }

  mutating func shrinkToFit() {
    bytes = bytes.withUnsafeBufferPointer { Array($0) }
    ends = ends.withUnsafeBufferPointer { Array($0) }
  }
}
