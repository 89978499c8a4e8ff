import SystemPackage

/// The names in `<run>/checkpoints`.
///
///     step-00000123                   a checkpoint
///     step-00000123.replaced-1        the one that had this name before; counts as a checkpoint while the name is free
///     step-00000123.abandoned-1       set aside because the run went back to an earlier one; no longer looked at
///     step-00000123.partial-4711      being written, or left over from a writer that died
///     latest, best                    small files with the name of a checkpoint
struct CheckpointName: Hashable, CustomStringConvertible {
  static let checkpointsFolder = "checkpoints"
  static let latest = "latest"
  static let best = "best"
  static let partialMark = ".partial"
  /// No file system has longer names.
  static let maximumBytes = 256

  let step: Int
  /// The number behind `.replaced-`.
  let replaced: Int?

  init(step: Int, replaced: Int? = nil) {
    self.step = step
    self.replaced = replaced
  }

  /// nil for what is not the name of a checkpoint.
  init?(_ name: String) {
    let parts = name.split(separator: ".replaced-", omittingEmptySubsequences: false)
    guard parts.count <= 2, let step = Int(parts[0].trimmingPrefix("step-")) else { return nil }
    self.step = step
    replaced = parts.count == 2 ? Int(parts[1]) : nil
    // Reject every other spelling: signs, missing zeros, a second suffix.
    if description != name || step < 0 { return nil }
  }

  var description: String {
    let digits = String(step)
    let padded = String(repeating: "0", count: max(0, 8 - digits.count)) + digits
    return "step-\(padded)" + (replaced.map { ".replaced-\($0)" } ?? "")
  }

  func partial(process: Int32) -> String { "\(description)\(Self.partialMark)-\(process)" }

  func abandoned(_ number: Int) -> String { "\(description).abandoned-\(number)" }

  /// Whether a name is that of a checkpoint's folder that is being written or removed.
  static func isPartialFolder(_ name: String) -> Bool {
    let parts = name.split(separator: "\(partialMark)-", omittingEmptySubsequences: false)
    return parts.count == 2 && CheckpointName(String(parts[0])) != nil && UInt32(parts[1]) != nil
  }

  /// Whether a name is that of a small file that is being replaced.
  static func isPartialFile(_ name: String) -> Bool {
    name == latest + partialMark || name == best + partialMark
  }

  static func folder(of path: String) -> String {
    let folder = FilePath(path).removingLastComponent().string
    return folder.isEmpty ? "." : folder
  }

  /// The last component of a path.
  static func last(of path: String) -> String { FilePath(path).lastComponent?.string ?? path }
}
