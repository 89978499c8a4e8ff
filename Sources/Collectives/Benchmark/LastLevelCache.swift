import Glibc

/// What `AllReduceBenchmarkPlan.rotationBytes` usually is: the size of the last-level cache, up to 512 MiB, so that source
/// and target sets together take little more than 1 GiB of a rank's memory. Two buffers of a large message may take more.
public func usualRotationBytes() -> Int {
  min(lastLevelCacheBytes() ?? 64 << 20, 512 << 20)
}

/// The largest cache of the first processor, as the kernel tells; nil where it does not.
func lastLevelCacheBytes() -> Int? {
  (0..<8).compactMap { cacheBytes("/sys/devices/system/cpu/cpu0/cache/index\($0)/size") }.max()
}

/// Such a file says "491520K".
private func cacheBytes(_ path: String) -> Int? {
  guard let file = fopen(path, "r") else { return nil }
  defer { fclose(file) }
  var kibibytes = 0
  let found = withUnsafeMutablePointer(to: &kibibytes) { number in
    withVaList([number]) { vfscanf(file, "%ldK", $0) }
  }
  return found == 1 ? kibibytes << 10 : nil
}
