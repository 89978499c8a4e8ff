import Tensors

/// The memory in which this rank's messages lie while a benchmark runs: the one place that obtains it. Every rank calls
/// it at the same point, with the same number of bytes; aligned to a cache line, and shared with the ranks of the host where
/// there are any.
func benchmarkMemory(bytes: Int, for communicator: Communicator) throws -> AlignedBuffer {
  guard let window = try communicator.makeWindow(bytes: bytes) else { return AlignedBuffer(bytes: bytes) }
  return AlignedBuffer(lending: window.bytes, of: window)
}
