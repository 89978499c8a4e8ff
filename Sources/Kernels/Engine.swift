import COneDNN
import CVectorKernels
import Tensors

/// oneDNN's engine and stream for one rank, and the scratch memory that its primitives take turns with.
///
/// Belongs to one thread. Kernels announce what they need while they are prepared; the memory is allocated once, at the
/// first use after that.
public final class Engine {
  let engine: dnnl_engine_t
  let stream: dnnl_stream_t
  /// The threads that every primitive of this rank uses, for kernels of our own.
  public let team: ThreadTeam
  public var threads: Int { team.threads }

  /// Primitives prepared so far.
  public private(set) var primitives = 0
  private var scratchpadBytes = 0
  private var stagingBytes: [Int] = []
  private let scratchpadMemory = GrowingBuffer()
  private var stagingMemory: [GrowingBuffer] = []

  /// Throws when oneDNN cannot be held to this many threads.
  public init(threads: Int) throws {
    team = try makeTeam(
      threads: threads, openMP: findOpenMP(), runtime: UInt32(dnnl_version()?.pointee.cpu_runtime ?? 0))
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

  /// Whether oneDNN has instructions for bf16 here: AVX-512 BF16 or AMX. `ONEDNN_MAX_CPU_ISA` can hide them.
  public static var hasNativeBF16: Bool { has(dnnl_cpu_isa_avx512_core_bf16) }

  /// Whether oneDNN multiplies bf16 with AMX's tiles here.
  static var hasTiles: Bool { has(dnnl_cpu_isa_avx512_core_amx) }

  /// Whether oneDNN computes on bf16 at all, perhaps slowly: it replaces missing instructions from AVX-512 on.
  public static var computesBF16: Bool { has(dnnl_cpu_isa_avx512_core) }

  private static func has(_ instructions: dnnl_cpu_isa_t) -> Bool {
    dnnl_get_effective_cpu_isa().rawValue & instructions.rawValue == instructions.rawValue
  }

  /// Bytes that the prepared kernels share.
  public var scratchBytes: Int { scratchpadBytes + stagingBytes.reduce(0, +) }

  /// Announces a primitive, and what it needs while it runs: oneDNN's own scratchpad.
  func reserve(scratchpad: Int) {
    primitives += 1
    scratchpadBytes = max(scratchpadBytes, scratchpad)
  }

  /// Announces room for weights in the layout that oneDNN prefers. What lies in a staging buffer stays until another
  /// kernel uses the same one.
  public func reserve(staging bytes: Int, slot: Int) {
    while stagingBytes.count <= slot { stagingBytes.append(0) }
    stagingBytes[slot] = max(stagingBytes[slot], bytes)
  }

  /// Allocates what the kernels prepared so far have announced, so that the first step need not.
  public func allocateScratch() {
    _ = scratchpad
    for slot in stagingBytes.indices { _ = staging(slot) }
  }

  var scratchpad: UnsafeMutableRawPointer? { scratchpadMemory.memory(of: scratchpadBytes) }

  func staging(_ slot: Int) -> UnsafeMutableRawPointer {
    while stagingMemory.count <= slot { stagingMemory.append(GrowingBuffer()) }
    return stagingMemory[slot].memory(of: stagingBytes[slot])
  }
}

/// Memory that is replaced when more is asked for.
private final class GrowingBuffer {
  private var buffer = AlignedBuffer(bytes: 0)

  func memory(of bytes: Int) -> UnsafeMutableRawPointer {
    if buffer.bytes.count < bytes { buffer = AlignedBuffer(bytes: bytes) }
    return buffer.bytes.baseAddress!
  }
}

/// Sets the number of OpenMP threads that work started by this thread uses: oneDNN 3 has no call for it, and would take
/// every core of the host. A oneDNN without threads needs no OpenMP for one thread; one with threads of another kind
/// cannot be held to any number.
///
/// - Parameter runtime: oneDNN's `cpu_runtime`.
package func makeTeam(threads: Int, openMP: cvk_open_mp?, runtime: UInt32) throws -> ThreadTeam {
  if let openMP {
    openMP.set_threads(Int32(threads))
  } else if threads > 1 || runtime != DNNL_RUNTIME_SEQ {
    throw KernelError(
      call: "the search for OpenMP's omp_set_num_threads and GOMP_parallel", subject: "an engine of \(threads) threads",
      status: "nothing; oneDNN must be built with OpenMP (DNNL_CPU_RUNTIME=OMP) to use a given number of threads")
  }
  return ThreadTeam(threads: threads, openMP: openMP)
}

/// The OpenMP runtime that oneDNN has loaded.
private func findOpenMP() -> cvk_open_mp? {
  var found = cvk_open_mp()
  return cvk_find_open_mp(&found) ? found : nil
}
