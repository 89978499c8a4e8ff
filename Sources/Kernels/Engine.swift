import COneDNN
import Glibc
import Tensors

/// oneDNN's engine and stream for one rank, and the scratch memory that its primitives take turns with.
///
/// Belongs to one thread. Kernels announce what they need while they are prepared; the memory is allocated once, at the
/// first use after that.
public final class Engine {
  let engine: dnnl_engine_t
  let stream: dnnl_stream_t
  /// Threads that every primitive of this rank uses.
  public let threads: Int

  private var scratchpadBytes = 0
  private var stagingBytes = 0
  private var scratchpadMemory = AlignedBuffer(bytes: 0)
  private var stagingMemory = AlignedBuffer(bytes: 0)

  public init(threads: Int) throws {
    precondition(threads > 0, "an engine needs at least one thread")
    self.threads = threads
    setOpenMPThreads(threads)
    var engine: dnnl_engine_t?
    try check(dnnl_engine_create(&engine, dnnl_cpu, 0), "dnnl_engine_create", "the CPU engine")
    var stream: dnnl_stream_t?
    try check(
      dnnl_stream_create(&stream, engine, UInt32(dnnl_stream_default_flags.rawValue)), "dnnl_stream_create",
      "the CPU stream")
    self.engine = engine!
    self.stream = stream!
  }

  deinit {
    dnnl_stream_destroy(stream)
    dnnl_engine_destroy(engine)
  }

  /// oneDNN's version, as `3.2.0`.
  public static var libraryVersion: String {
    guard let version = dnnl_version()?.pointee else { return "unknown" }
    return "\(version.major).\(version.minor).\(version.patch)"
  }

  /// Bytes that the prepared kernels share.
  public var scratchBytes: Int { scratchpadBytes + stagingBytes }

  /// Announces what a kernel needs while it runs: oneDNN's own scratchpad, and room for one weight tensor in the layout
  /// that oneDNN prefers.
  func reserve(scratchpad: Int, staging: Int = 0) {
    scratchpadBytes = max(scratchpadBytes, scratchpad)
    stagingBytes = max(stagingBytes, staging)
  }

  /// Allocates what the kernels prepared so far have announced, so that the first step need not.
  public func allocateScratch() {
    _ = scratchpad
    _ = staging
  }

  var scratchpad: UnsafeMutableRawPointer? {
    if scratchpadMemory.bytes.count < scratchpadBytes { scratchpadMemory = AlignedBuffer(bytes: scratchpadBytes) }
    return scratchpadMemory.bytes.baseAddress
  }

  var staging: UnsafeMutableRawPointer? {
    if stagingMemory.bytes.count < stagingBytes { stagingMemory = AlignedBuffer(bytes: stagingBytes) }
    return stagingMemory.bytes.baseAddress
  }
}

/// Sets the number of OpenMP threads that work started by this thread uses. oneDNN 3 has no call for it, and would
/// take every core of the host. The symbol is the one of the OpenMP runtime that oneDNN itself has loaded.
private func setOpenMPThreads(_ count: Int) {
  guard let symbol = dlsym(nil, "omp_set_num_threads") else { return }
  typealias SetThreads = @convention(c) (Int32) -> Void
  unsafeBitCast(symbol, to: SetThreads.self)(Int32(count))
}
