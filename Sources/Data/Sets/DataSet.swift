import Tensors

/// Labelled images with numbers `0..<count`: what a `Loader` reads. Values are immutable and shared by its threads.
public protocol DataSet: Sendable {
  var count: Int { get }
  /// Names of the classes as people read them (`visibleText`, which gives back their bytes); a label is an index into them.
  var classes: [String] { get }
  func label(of sample: Int) -> Int
  /// What messages call the sample: its path, where it has one, as people read it.
  func name(of sample: Int) -> String
  /// Replaces `bytes` by the sample and says what they are. Called from several threads at once.
  func read(_ sample: Int, into bytes: inout ByteBuffer) throws(DataError) -> StoredForm

  /// Tells the system that the sample will be read soon, so that the disk can begin; may do nothing. Called from several
  /// threads at once.
  func announce(_ sample: Int)

  /// Samples of each class.
  var classCounts: [Int] { get }
  /// Samples of each file, in order, where a file holds so many that reading it from end to end is worth while; nil
  /// where any sample is read as fast as any other.
  var shardSizes: [Int]? { get }
  /// Equal for two copies of the same data, and different where one is incomplete: made of names, labels and sizes, not
  /// of pixels.
  var digest: Digest { get }
  /// Files or members that are no images, and are not read.
  var ignoredFiles: Int { get }
  /// What the person who uses the data should know: sentences without a line break.
  var notes: [String] { get }
}

extension DataSet {
  public func announce(_ sample: Int) {}

  public var classCounts: [Int] {
    var counts = [Int](repeating: 0, count: classes.count)
    for sample in 0..<count { counts[label(of: sample)] += 1 }
    return counts
  }

  public var shardSizes: [Int]? { nil }

  public var digest: Digest {
    Digest(of: zip(classes, classCounts).map { "\($0)/\($1)" }.joined(separator: "/"))
  }

  public var ignoredFiles: Int { 0 }

  public var notes: [String] { [] }
}

/// What a data set is for: some formats have different files for the two.
public enum DataRole: String, Hashable, Sendable { case training, validation }

/// What the bytes of a stored sample are.
public enum StoredForm: Hashable, Sendable {
  /// An image file, JPEG or PNG by its first bytes.
  case encoded
  /// Pixels as they are: u8 `[height, width, 3]`, red first.
  case rgb(PixelSize)
}
