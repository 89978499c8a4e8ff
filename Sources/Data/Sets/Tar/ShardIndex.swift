import Tensors

/// Where the samples of one tar archive are: what is found out once and kept.
struct ShardIndex: Hashable, Sendable {
  /// Of each image, from the beginning of the file.
  var offsets: [Int] = []
  var lengths: [UInt32] = []
  var labels: [Int32] = []
  var keys = FileNames()
  /// Members that belong to no sample, or to one without being its image or label.
  var ignored = 0

  init() {}

  var count: Int { offsets.count }

  init(from reader: inout IndexReader) throws(IndexDamage) {
    offsets = try reader.numbers()
    lengths = try reader.numbers()
    labels = try reader.numbers()
    keys = try reader.names()
    ignored = try reader.number()
    guard [lengths.count, labels.count, keys.count].allSatisfy({ $0 == offsets.count }),
      labels.allSatisfy({ 0..<ShardIndexer.labelLimit ~= Int($0) }), offsets.allSatisfy({ $0 >= 0 })
    else { throw IndexDamage() }
  }

  func write(to writer: inout IndexWriter) {
    writer.numbers(offsets)
    writer.numbers(lengths)
    writer.numbers(labels)
    writer.names(keys)
    writer.number(ignored)
  }

  /// Of all of it.
  var digest: Digest {
    var writer = IndexWriter()
    write(to: &writer)
    return writer.bytes.withUnsafeBytes { Digest(of: $0) }
  }
}
