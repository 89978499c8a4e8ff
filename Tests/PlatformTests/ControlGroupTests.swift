import Foundation
import Platform
import Testing

/// Control groups as the kernel shows them, in a folder that stands for the root.
@Suite struct ControlGroupTests {
  private let root = FileManager.default.temporaryDirectory.appendingPathComponent("groups-\(UUID().uuidString)").path

  private func write(_ text: String, to path: String) throws {
    let url = URL(fileURLWithPath: root + path)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  private func group(_ files: [String: String]) throws -> ControlGroup {
    for (path, text) in files { try write(text, to: path) }
    return ControlGroup(root: root)
  }

  @Test func theSmallestLimitOfAllGroupsAboveCounts() throws {
    defer { try? FileManager.default.removeItem(atPath: root) }
    let group = try group([
      "/proc/self/cgroup": "0::/job/step\n", "/sys/fs/cgroup/job/step/memory.max": "max\n",
      "/sys/fs/cgroup/job/memory.max": "3000000\n", "/sys/fs/cgroup/memory.max": "9000000\n",
      "/sys/fs/cgroup/job/step/pids.max": "64\n",
    ])
    #expect(group.memory?.limit.value == 3_000_000)
    #expect(group.memory?.folder.hasSuffix("/sys/fs/cgroup/job") == true)
    #expect(group.threads?.value == 64)
  }

  @Test func versionOneHasAFolderForEachController() throws {
    defer { try? FileManager.default.removeItem(atPath: root) }
    let group = try group([
      "/proc/self/cgroup": "9:pids:/a\n4:memory:/slurm/job_7\n0::/\n",
      "/sys/fs/cgroup/memory/slurm/job_7/memory.limit_in_bytes": "5000\n",
      "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n", "/sys/fs/cgroup/pids/a/pids.max": "max\n",
    ])
    #expect(group.memory?.limit.value == 5000 && group.threads == nil)
  }

  /// A container sees its own group as the root, though /proc may name the host's path.
  @Test func aPathThatCannotBeSeenIsLookedForAtTheRoot() throws {
    defer { try? FileManager.default.removeItem(atPath: root) }
    let group = try group(["/proc/self/cgroup": "0::/docker/0123\n", "/sys/fs/cgroup/memory.max": "77\n"])
    #expect(group.memory?.limit.value == 77)
  }

  @Test func noGroupLimitsNothing() { #expect(ControlGroup(root: "/nowhere").memory == nil) }
}
