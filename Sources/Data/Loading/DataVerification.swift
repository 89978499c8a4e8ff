import Synchronization

/// Reads and decodes every sample of a data set whole, on several threads, and returns what is wrong, in the order of the
/// data set. A training step decodes no more than its crops, so damage may otherwise show late, or never.
///
/// - Parameter progress: called on any of the threads, several at a time, with the number of samples that are done. What
///   it throws ends the work.
public func verify(
  _ dataSet: any DataSet, _ options: DecodingOptions, threads: Int, progress: @Sendable (_ done: Int) throws -> Void
) throws -> [DataError] {
  let faults = Mutex<[(sample: Int, error: DataError)]>([])
  try forEachConcurrently(
    count: dataSet.count, threads: threads, progress: progress, makeTool: { try SampleVerifier(options) }
  ) { sample, verifier in
    if let error = verifier.fault(of: sample, in: dataSet) { faults.withLock { $0.append((sample, error)) } }
  }
  return faults.withLock { faults in faults.sorted { $0.sample < $1.sample }.map(\.error) }
}

/// One thread's decoder and memory.
private struct SampleVerifier: ~Copyable {
  private var decoder: ImageDecoder
  private var stored: ByteBuffer
  private var pixels = ByteBuffer()

  init(_ options: DecodingOptions) throws(DataError) {
    decoder = try ImageDecoder(options)
    stored = ByteBuffer(fileLimit: options.limits.fileBytes)
  }

  mutating func fault(of sample: Int, in dataSet: any DataSet) -> DataError? {
    do throws(DataError) {
      if case .encoded = try dataSet.read(sample, into: &stored) {
        let size = try decoder.readHeader(stored.bytes, name: dataSet.name(of: sample))
        try decoder.decode(PixelRegion(size), name: dataSet.name(of: sample), into: &pixels)
      }
      return nil
    } catch {
      return error
    }
  }
}
