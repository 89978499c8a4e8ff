import CSharedMemory
import Glibc

/// Memory that several processes of one host see, zero at first.
///
/// It is a file without a name (memfd), which the others open through /proc by the process and descriptor of the one
/// that made it. So there is nothing to unlink and nothing that a killed job could leave behind, and the size of /dev/shm,
/// small in many containers, does not matter. Where processes do not see each other's /proc, opening fails, with the
/// reason.
public final class SharedSegment {
  /// What another process of this host needs to open a segment.
  public struct Handle: BitwiseCopyable, Sendable {
    let process: Int32
    let descriptor: Int32
    let bytes: Int

    /// Opens nothing: what stands for a segment that could not be made.
    public static let none = Handle(process: 0, descriptor: -1, bytes: 0)
    public var isNone: Bool { descriptor < 0 }
  }

  public let bytes: UnsafeMutableRawBufferPointer
  public let handle: Handle
  private var descriptor: Int32

  /// Makes a segment. It can be opened by others until `stopOffering`.
  public init(bytes count: Int) throws {
    descriptor = csm_create("dist-train", count)
    guard descriptor >= 0 else { throw Self.failure("memfd_create") }
    handle = Handle(process: getpid(), descriptor: descriptor, bytes: count)
    do {
      bytes = try Self.map(descriptor, count)
    } catch {
      close(descriptor)
      throw error
    }
  }

  /// Opens the segment that another process of this host, or this one, has made.
  public init(_ handle: Handle) throws {
    self.handle = handle
    descriptor = -1
    let path = "/proc/\(handle.process)/fd/\(handle.descriptor)"
    let opened = open(path, O_RDWR | O_CLOEXEC)
    guard opened >= 0 else { throw Self.failure("open of \(path)") }
    defer { close(opened) }
    bytes = try Self.map(opened, handle.bytes)
  }

  deinit {
    stopOffering()
    munmap(bytes.baseAddress, bytes.count)
  }

  /// Once every rank has opened the segment, nobody else can.
  public func stopOffering() {
    guard descriptor >= 0 else { return }
    close(descriptor)
    descriptor = -1
  }

  private static func map(_ descriptor: Int32, _ count: Int) throws -> UnsafeMutableRawBufferPointer {
    let address = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
    guard let address, address != MAP_FAILED else { throw failure("mmap of \(count) bytes") }
    // A request that the kernel may refuse: then pages are small.
    madvise(address, count, MADV_HUGEPAGE)
    return UnsafeMutableRawBufferPointer(start: address, count: count)
  }

  private static func failure(_ call: String) -> FabricError {
    let code = errno
    return .callFailed(rank: nil, call: call, code: code, text: String(cString: strerror(code)))
  }
}
