import Foundation
import Glibc

/// A file system of a few megabytes, in memory. Removed when it goes. Making one needs root.
public final class SmallDisk {
  public let path: String

  public static let isPossible = (try? SmallDisk(megabytes: 1)) != nil

  public init(megabytes: Int) throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("disk-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    guard mount("tmpfs", path, "tmpfs", 0, "size=\(megabytes)m") == 0 else { throw CocoaError(.fileWriteNoPermission) }
  }

  public func resize(megabytes: Int) {
    mount("tmpfs", path, "tmpfs", UInt(MS_REMOUNT), "size=\(megabytes)m")
  }

  deinit {
    umount(path)
    rmdir(path)
  }
}
