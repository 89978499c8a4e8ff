import Tensors

/// All bytes of a file that is to be written: a text that was made for it, and tensors behind it where they lie.
struct FileContents: Sendable {
  let name: String
  private let head: [UInt8]
  private let tensors: [TensorView]

  init(name: String, text: String) {
    self.name = name
    head = Array(text.utf8)
    tensors = []
  }

  /// A file in the safetensors format. Traps when two tensors share a name.
  ///
  /// Types with wide elements come first, otherwise the order given is kept, so that each tensor starts at a multiple
  /// of its element's size.
  init(name: String, tensors: [TensorView], metadata: [String: String]) {
    let ordered = tensors.enumerated().sorted {
      ($1.element.type.bytes, $0.offset) < ($0.element.type.bytes, $1.offset)
    }.map(\.element)
    self.name = name
    head = SafetensorsHeader(of: ordered, metadata: metadata).encoded()
    self.tensors = ordered
  }

  var planned: PlannedFile {
    PlannedFile(name: name, bytes: tensors.reduce(head.count) { $0 + $1.bytes.count })
  }

  /// Writes the file that was reserved in a folder, and makes it durable.
  func write(inFolder folder: String, files: any FileOperations) throws -> CheckpointManifest.File {
    try files.writingDurably("\(folder)/\(name)") { try stream(to: $0, files: files) }
  }

  func stream(to file: OpenFile, files: any FileOperations) throws -> CheckpointManifest.File {
    var writer = DigestingWriter(file, files: files)
    try head.withUnsafeBytes { try writer.append($0) }
    for tensor in tensors { try writer.append(tensor.bytes) }
    return try writer.finish(name: name)
  }
}
