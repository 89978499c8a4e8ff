import Tensors

/// What a reader makes of a file.
enum Survey: Equatable {
  case refused(DataError)
  /// A hash of everything that was read, and the number of samples.
  case read(hash: Int, samples: Int)

  /// Of sets of more, so many samples are read.
  private static let samples = 64

  /// Opens a set and reads its samples, each of which `check` sees. A set that opens must keep what it promises: once
  /// it has been accepted, the file has no place that cannot be read.
  init(_ open: () throws(DataError) -> some DataSet, check: (_ sample: Int, UnsafeRawBufferPointer) -> Void) {
    do throws(DataError) {
      let set = try open()
      precondition(set.classCounts.reduce(0, +) == set.count, "labels that are no classes")
      // The standard library's, which is not instrumented and thus fast.
      var hasher = Hasher()
      hasher.combine(set.digest.value)
      var bytes = ByteBuffer(fileLimit: 1 << 26)
      for sample in stride(from: 0, to: set.count, by: max(1, set.count / Self.samples)) {
        precondition(!set.name(of: sample).isEmpty, "a sample without a name")
        Self.read(sample, of: set, into: &bytes)
        check(sample, bytes.bytes)
        hasher.combine(set.label(of: sample))
        hasher.combine(bytes: bytes.bytes)
      }
      self = .read(hash: hasher.finalize(), samples: set.count)
    } catch {
      precondition(!error.description.isEmpty, "an error without words")
      self = .refused(error)
    }
  }

  private static func read(_ sample: Int, of set: some DataSet, into bytes: inout ByteBuffer) {
    do throws(DataError) {
      switch try set.read(sample, into: &bytes) {
      case .rgb(let size): precondition(bytes.count == 3 * size.pixels, "\(bytes.count) bytes for \(size)")
      case .encoded: precondition(bytes.count > 0, "an image without bytes")
      }
    } catch {
      preconditionFailure("accepted, and then: \(error)")
    }
  }

  /// The same files read twice; another outcome the second time is a find.
  static func twice(
    _ open: () throws(DataError) -> some DataSet, check: (_ sample: Int, UnsafeRawBufferPointer) -> Void
  ) {
    precondition(Survey(open, check: check) == Survey(open, check: check), "another outcome the second time")
  }
}
