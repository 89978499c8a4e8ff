/// CIFAR-10 or CIFAR-100 in the binary version of <https://www.cs.toronto.edu/~kriz/cifar.html>.
///
/// A record is one label byte (CIFAR-100: the coarse and then the fine label, of which the fine one counts) and 3072
/// pixels: 32 rows of 32 red values, then green, then blue. Labels alone are in memory.
public struct CIFARImages: DataSet {
  public enum Kind: Int, Sendable {
    case cifar10 = 10
    case cifar100 = 100

    fileprivate var labelBytes: Int { self == .cifar10 ? 1 : 2 }
    fileprivate var recordBytes: Int { labelBytes + CIFARImages.pixelBytes }
    fileprivate var namesFile: String { self == .cifar10 ? "batches.meta.txt" : "fine_label_names.txt" }

    /// What the archive of the authors has for a role.
    fileprivate func files(for role: DataRole) -> String {
      switch (self, role) {
      case (.cifar10, .training): "data_batch_{1..5}.bin"
      case (.cifar10, .validation): "test_batch.bin"
      case (.cifar100, .training): "train.bin"
      case (.cifar100, .validation): "test.bin"
      }
    }
  }

  public let classes: [String]
  private let kind: Kind
  private let files: OpenFiles
  /// As messages show them.
  private let paths: [String]
  /// The first sample of each file, and the number of samples at the end.
  private let firstSamples: [Int]
  private let labels: [UInt8]

  private static let size = PixelSize(width: 32, height: 32)
  private static let pixelBytes = 3 * size.pixels
  /// Records that are read at once for their labels.
  private static let recordsAtOnce = 512

  /// - Parameter path: the folder of the unpacked archive, or a file, or a `FilePattern` of files.
  public init(_ kind: Kind, path: String, role: DataRole) throws(DataError) {
    let given = BytePath(visible: path)
    let folder = isFolder(given) ? given : given.folder
    let paths = try FilePattern.expand(isFolder(given) ? "\(path)/\(kind.files(for: role))" : path)
    let files = OpenFiles(paths, as: "a file of CIFAR-\(kind.rawValue), binary version")
    var firstSamples = [0]
    var labels: [UInt8] = []
    for number in paths.indices {
      try Self.readLabels(of: files.file(number), kind, into: &labels)
      firstSamples.append(labels.count)
    }
    self.kind = kind
    self.files = files
    self.paths = paths.map(\.text)
    self.firstSamples = firstSamples
    self.labels = labels
    classes = try Self.classNames(kind, in: folder)
  }

  private static func readLabels(of file: DataFile, _ kind: Kind, into labels: inout [UInt8]) throws(DataError) {
    guard file.size > 0, file.size.isMultiple(of: kind.recordBytes) else {
      throw .badFile(
        FileFault(
          file.path, offset: file.size / kind.recordBytes * kind.recordBytes,
          expected: "records of \(kind.recordBytes) bytes",
          got: "\(file.size % kind.recordBytes) bytes after \(file.size / kind.recordBytes) records",
          advice: "Copy or download the file again, and check data.format."))
    }
    let count = file.size / kind.recordBytes
    for start in stride(from: 0, to: count, by: recordsAtOnce) {
      let records = min(recordsAtOnce, count - start)
      let bytes = try file.bytes(at: start * kind.recordBytes, count: records * kind.recordBytes)
      for record in 0..<records {
        let offset = record * kind.recordBytes + kind.labelBytes - 1
        guard bytes[offset] < kind.rawValue else {
          throw .badFile(
            FileFault(
              file.path, part: "record \(start + record)", offset: start * kind.recordBytes + offset,
              expected: "a label below \(kind.rawValue)", got: "\(bytes[offset])",
              advice: LabelRange(labels + [bytes[offset]]).advice(classes: kind.rawValue)
                ?? "Copy or download the file again, and check data.format."))
        }
        labels.append(bytes[offset])
      }
    }
  }

  private static func classNames(_ kind: Kind, in folder: BytePath) throws(DataError) -> [String] {
    let path = folder.appending(kind.namesFile)
    guard let names = try ClassNames.lines(of: path) else { return (0..<kind.rawValue).map(String.init) }
    guard names.count == kind.rawValue else {
      throw .badFile(
        FileFault(
          path.text, expected: "\(kind.rawValue) names, a line each", got: "\(names.count)", advice: FileFault.copyAgain
        ))
    }
    return names
  }

  public var count: Int { labels.count }

  public func label(of sample: Int) -> Int { Int(labels[sample]) }

  public func name(of sample: Int) -> String {
    let (file, record) = place(of: sample)
    return "\(paths[file]), record \(record)"
  }

  public func read(_ sample: Int, into bytes: inout ByteBuffer) throws(DataError) -> StoredForm {
    let (file, record) = place(of: sample)
    // The planes are read behind the place where the pixels go.
    let room = bytes.resize(to: 2 * Self.pixelBytes)
    let planes = UnsafeMutableRawBufferPointer(rebasing: room[Self.pixelBytes...])
    try files.file(file).read(at: record * kind.recordBytes + kind.labelBytes, into: planes)
    for pixel in 0..<Self.size.pixels {
      for channel in 0..<3 { room[3 * pixel + channel] = planes[channel * Self.size.pixels + pixel] }
    }
    bytes.truncate(to: Self.pixelBytes)
    return .rgb(Self.size)
  }

  private func place(of sample: Int) -> (file: Int, record: Int) {
    let file = partition(firstSamples, holding: sample)
    return (file, sample - firstSamples[file])
  }
}

/// The part that `index` is in, of parts that begin at `starts`, which ascend from 0 and end with the total. Empty parts
/// hold nothing.
func partition(_ starts: [Int], holding index: Int) -> Int {
  var low = 0
  var high = starts.count - 1
  precondition(high > 0 && index >= 0 && index < starts[high], "index \(index) of \(starts.last ?? 0)")
  while high - low > 1 {
    let middle = (low + high) / 2
    if starts[middle] <= index { low = middle } else { high = middle }
  }
  return low
}
