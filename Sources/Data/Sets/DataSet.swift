/// Labelled images with numbers `0..<count`: what a `Loader` reads. Values are immutable and shared by its threads.
public protocol DataSet: Sendable {
  var count: Int { get }
  /// Names of the classes; a label is an index into them.
  var classes: [String] { get }
  func label(of sample: Int) -> Int
  /// What messages call the sample: its path, where it has one.
  func name(of sample: Int) -> String
  /// Replaces `bytes` by the sample and says what they are. Called from several threads at once.
  func read(_ sample: Int, into bytes: inout ByteBuffer) throws(DataError) -> StoredForm
}

/// What the bytes of a stored sample are.
public enum StoredForm: Hashable, Sendable {
  /// An image file, JPEG or PNG by its first bytes.
  case encoded
  /// Pixels as they are: u8 `[height, width, 3]`, red first.
  case rgb(PixelSize)
}
