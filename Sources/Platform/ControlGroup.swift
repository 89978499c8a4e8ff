import Glibc

/// The control group that this process is in: what a container, Slurm or systemd allows it (cgroups(7), both versions).
public struct ControlGroup: Sendable {
  /// Folders of this group and those above it that can be seen, from the innermost on: of version 2, or of one controller
  /// of version 1.
  private let memoryFolders: [String]
  private let threadFolders: [String]
  private let isVersion1: Bool

  public static var own: ControlGroup { ControlGroup(root: "") }

  /// - Parameter root: stands before `/proc` and `/sys`; tests have their own.
  package init(root: String) {
    let lines = Self.text("\(root)/proc/self/cgroup").split(separator: "\n").map {
      $0.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
    }
    func folders(_ controller: String) -> [String] {
      guard
        let line = lines.first(where: { $0.count == 3 && $0[1].split(separator: ",").contains(Substring(controller)) })
      else { return [] }
      return Self.ancestors(of: line[2], below: "\(root)/sys/fs/cgroup/\(controller)")
    }
    let unified = lines.first { $0.count == 3 && $0[0] == "0" }
    let memory = folders("memory")
    isVersion1 = !memory.isEmpty
    if isVersion1 {
      (memoryFolders, threadFolders) = (memory, folders("pids"))
    } else {
      let all = Self.ancestors(of: unified?[2] ?? "/", below: "\(root)/sys/fs/cgroup")
      (memoryFolders, threadFolders) = (all, all)
    }
  }

  /// The smallest limit on memory, if there is one, and the folder that says so: equal for processes that share it.
  public var memory: (limit: SystemLimits.Limit, folder: String)? {
    let file = isVersion1 ? "memory.limit_in_bytes" : "memory.max"
    return smallest(file, in: memoryFolders).map {
      (SystemLimits.Limit("the control group's memory (\(file))", $0.value, isBytes: true), $0.folder)
    }
  }

  /// The smallest limit on threads, if there is one.
  public var threads: SystemLimits.Limit? {
    smallest("pids.max", in: threadFolders).map {
      SystemLimits.Limit("threads of the control group (pids.max)", $0.value, isBytes: false)
    }
  }

  /// Version 1 writes no limit as the largest multiple of a page, version 2 as `max`.
  private func smallest(_ file: String, in folders: [String]) -> (value: Int, folder: String)? {
    let values = folders.compactMap { folder in
      Int(Self.text("\(folder)/\(file)").prefix { $0 != "\n" }).flatMap { $0 < 1 << 60 ? ($0, folder) : nil }
    }
    return values.min { $0.0 < $1.0 }
  }

  /// A container often sees its own group alone, as the root, though /proc names the host's path.
  private static func ancestors(of path: String, below root: String) -> [String] {
    var names = path.split(separator: "/").map(String.init)
    var folders: [String] = []
    while !names.isEmpty {
      folders.append("\(root)/\(names.joined(separator: "/"))")
      names.removeLast()
    }
    return folders + [root]
  }

  /// Of a small file; empty where there is none.
  private static func text(_ path: String) -> String {
    guard let file = fopen(path, "re") else { return "" }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 14)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[..<count], as: UTF8.self)
  }
}
