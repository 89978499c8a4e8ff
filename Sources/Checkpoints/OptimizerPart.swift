import Tensors

/// A rank's part of the optimizer's state, where the update is sharded: a file that this rank writes itself.
///
/// Each of its tensors is one `TensorSlice`. Parts 1 to `count` together hold every element once.
public struct OptimizerPart: Sendable {
  public let number: Int
  public let count: Int
  private let contents: FileContents

  /// Traps unless 1 <= `number` <= `count`.
  public init(_ slices: [TensorView], number: Int, of count: Int) {
    precondition(1...max(count, 1) ~= number, "part \(number) of \(count)")
    self.number = number
    self.count = count
    contents = FileContents(
      name: Self.fileName(number, of: count), tensors: slices, metadata: SafetensorsWriter.torchMetadata)
  }

  /// What `CheckpointWriter.begin` needs to know of it.
  public var planned: PlannedFile { contents.planned }

  /// Writes the part, durably, into the folder of a checkpoint that was begun. Any process that sees the folder may
  /// call it, on any thread. The result belongs to `PendingCheckpoint.publish`.
  public func write(
    inFolder folder: String, files: any FileOperations = SystemFiles()
  ) throws -> CheckpointManifest.File {
    try contents.write(inFolder: folder, files: files)
  }

  /// `optimizer-00002-of-00004.safetensors`.
  static func fileName(_ number: Int, of count: Int) -> String {
    func padded(_ number: Int) -> String { String(repeating: "0", count: max(0, 5 - "\(number)".count)) + "\(number)" }
    return "optimizer-\(padded(number))-of-\(padded(count)).safetensors"
  }

  /// The names of all parts when one of `names` is a part's, whether or not the others are there; nil when none is. No
  /// more than one name too many, however many parts a name speaks of.
  static func fileNames(among names: [String]) -> [String]? {
    for name in names {
      let words = name.split(separator: ".", omittingEmptySubsequences: false)[0].split(separator: "-")
      guard words.count == 4, let number = Int(words[1]), let count = Int(words[3]), 1...max(count, 1) ~= number,
        fileName(number, of: count) == name
      else { continue }
      return (1...min(count, names.count + 1)).map { fileName($0, of: count) }
    }
    return nil
  }
}
