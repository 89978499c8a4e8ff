/// Many file names in one allocation, in order: 8 bytes a name besides the name itself. A data set of millions of files
/// is a few tens of megabytes.
struct FileNames: Hashable, Sendable {
  private(set) var bytes: [UInt8] = []
  /// Where each name ends.
  private(set) var ends: [Int] = []

  init() {}

  /// Nil unless `ends` ascend to the end of `bytes`.
  init?(bytes: [UInt8], ends: [Int]) {
    var last = 0
    for end in ends {
      guard end >= last else { return nil }
      last = end
    }
    guard last == bytes.count else { return nil }
    self.bytes = bytes
    self.ends = ends
  }

  var count: Int { ends.count }

  mutating func append(_ name: some Collection<UInt8>) {
    bytes.append(contentsOf: name)
    ends.append(bytes.count)
  }

  mutating func append(_ others: FileNames) {
    let before = bytes.count
    bytes.append(contentsOf: others.bytes)
    ends.append(contentsOf: others.ends.lazy.map { before + $0 })
  }

  subscript(index: Int) -> ArraySlice<UInt8> {
    bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
  }

  mutating func shrinkToFit() {
    bytes = bytes.withUnsafeBufferPointer { Array($0) }
    ends = ends.withUnsafeBufferPointer { Array($0) }
  }
}
