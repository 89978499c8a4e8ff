/// A file of a checkpoint before it is written: what space is reserved by.
public struct PlannedFile: Hashable, Sendable, Codable {
  public let name: String
  public let bytes: Int

  public init(name: String, bytes: Int) {
    self.name = name
    self.bytes = bytes
  }
}

extension FileOperations {
  /// Makes the files in a folder and takes the space of all of them, so that a full device shows before anything is
  /// written. They are then written by `FileContents.write`.
  func reserve(_ planned: [PlannedFile], inFolder folder: String) throws {
    for file in planned {
      try creating("\(folder)/\(file.name)") { try reserve($0, bytes: file.bytes) }
    }
  }
}
