import Checkpoints

/// What a writer finds and does when it is disturbed.
enum Scenario: CaseIterable {
  /// No checkpoint yet, not even a folder.
  case first
  /// The one checkpoint that is kept, and was the best, gives way to the next, which is better.
  case next
  /// The only checkpoint is replaced by another one of the same step.
  case replacement
  /// As `next`, by two ranks that write the optimizer's state in parts.
  case parts

  var step: Int { self == .replacement ? 1 : 2 }
  var salt: Int { self == .replacement ? 9 : 0 }
  var best: StateRecord.Best? { self == .next ? .init(score: 0.9, step: 2) : nil }

  private var bestBefore: StateRecord.Best? { self == .next ? .init(score: 0.5, step: 1) : nil }

  func prepare(runFolder: String, _ files: any FileOperations) throws {
    if self != .first {
      try SmallRun.write(
        step: 1, best: bestBefore, with: CheckpointWriter(runFolder: runFolder, keep: 1, files: files))
    }
  }

  @discardableResult
  func write(runFolder: String, _ files: any FileOperations) throws -> CheckpointWriter.Report {
    try SmallRun.write(
      step: step, salt: salt, best: best, inParts: self == .parts,
      with: CheckpointWriter(runFolder: runFolder, keep: 1, files: files))
  }

  enum Survivor { case none, old, new }

  /// What a restart finds; throws `Broken` unless that is the whole of the old checkpoint or of the new one, and `latest`
  /// and `best` name what is there.
  ///
  /// - Parameter isDone: whether the new one had been reported as written, so that it alone will do.
  @discardableResult
  func survivor(runFolder: String, _ files: any FileOperations, isDone: Bool) throws -> Survivor {
    let survivor = try survivor(runFolder: runFolder, files)
    if isDone && survivor != .new {
      throw Broken("the new checkpoint was reported as written, and found is \(survivor)")
    }
    if survivor == .none && self != .first { throw Broken("neither checkpoint is left") }
    try Self.checkPointers(runFolder: runFolder, files)
    return survivor
  }

  private func survivor(runFolder: String, _ files: any FileOperations) throws -> Survivor {
    let search = try CheckpointCatalog(runFolder: runFolder, files: files).newestValid()
    if let refused = search.refused.first { throw Broken("half-written and yet a checkpoint: \(refused)") }
    guard let checkpoint = search.checkpoint else { return .none }
    if try checkpoint.step == step && SmallRun.holds(checkpoint, salt: salt, best: best, files: files) { return .new }
    if try self != .first && checkpoint.step == 1 && SmallRun.holds(checkpoint, best: bestBefore, files: files) {
      return .old
    }
    throw Broken("\(checkpoint.path) holds a mix")
  }

  static func checkPointers(runFolder: String, _ files: any FileOperations) throws {
    let catalog = CheckpointCatalog(runFolder: runFolder, files: files)
    let names = (try? files.names(inFolder: catalog.folder)) ?? []
    for pointer in ["latest", "best"] where names.contains(pointer) {
      let text = try files.text(of: "\(catalog.folder)/\(pointer)")
      let valid = try catalog.list(.digests).filter { (try? $0.result.get()) != nil }
      if !valid.contains(where: { text == "step-0000000\($0.step)\n" }) {
        throw Broken("\(pointer) holds '\(text)', and there are \(valid.map(\.path))")
      }
    }
  }
}

/// What is not as promised.
struct Broken: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

extension FileOperations {
  func text(of path: String) throws -> String {
    let file = try open(path)
    var bytes = [UInt8](repeating: 0, count: try size(of: file))
    let count = try bytes.withUnsafeMutableBytes { try read(file, at: 0, into: $0) }
    try close(file)
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }
}
