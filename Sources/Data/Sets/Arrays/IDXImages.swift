import Platform

/// Grey images and their labels in a pair of IDX files, as MNIST, Fashion-MNIST and EMNIST come: packed by gzip or not.
///
/// Classes are the numbers from 0 to the greatest label, unless names stand in `classes.json` or `classes.txt` beside the
/// files. Rows and columns are taken as they are stored (EMNIST has them exchanged).
public struct IDXImages: DataSet {
  public let classes: [String]
  private let images: IDXFile
  private let labels: [UInt8]
  private let labelNote: String?
  private let size: PixelSize

  private static let pixelLimit = 1 << 24

  /// - Parameters:
  ///   - path: a folder with `train-images-idx3-ubyte` or `t10k-images-idx3-ubyte`, as `role` says, or a file of images
  ///     whose file of labels lies beside it: its name has `labels` and `idx1` in place of `images` and `idx3`.
  ///   - classes: those of the training set, for a validation set.
  public init(path: String, role: DataRole, classes: [String]? = nil) throws(DataError) {
    let given = BytePath(visible: path)
    let imagePath = isFolder(given) ? try Self.find(in: given, role) : given
    let images = try IDXFile(imagePath, dimensions: 3)
    let labelFile = try IDXFile(Self.labelPath(of: imagePath), dimensions: 1)
    guard labelFile.dimensions[0] == images.dimensions[0] else {
      throw .badFile(
        FileFault(
          labelFile.path, offset: 4, expected: "\(images.dimensions[0]) labels, one for each image of \(images.path)",
          got: "\(labelFile.dimensions[0])", advice: FileFault.copyAgain))
    }
    let size = PixelSize(width: images.dimensions[2], height: images.dimensions[1])
    guard size.pixels <= Self.pixelLimit else {
      throw .badFile(
        FileFault(
          images.path, offset: 8, expected: "images of at most \(Self.pixelLimit) pixels", got: "\(size)",
          advice: FileFault.copyAgain))
    }
    let labels = try labelFile.all()
    // Not with ??, whose right side would throw any error.
    let own = classes == nil ? try ClassNames.read(beside: imagePath.folder) : nil
    let names = classes.map(visibleNames) ?? own ?? (0...(labels.max() ?? 0)).map(String.init)
    if let sample = labels.firstIndex(where: { $0 >= names.count }) {
      throw .badFile(
        FileFault(
          labelFile.path, part: "label \(sample)", offset: IDXHeader.length(dimensions: 1) + sample,
          expected: "a label of \(classes == nil ? "the" : "the training set's") \(names.count) classes",
          got: "\(labels[sample])",
          advice: LabelRange(labels).advice(classes: names.count)
            ?? "Check that training and validation belong together."))
    }
    self.images = images
    self.labels = labels
    labelNote = classes == nil && own == nil ? LabelRange(labels).note(of: labelFile.path) : nil
    self.size = size
    self.classes = names
  }

  private static func find(in folder: BytePath, _ role: DataRole) throws(DataError) -> BytePath {
    let stem = role == .training ? "train" : "t10k"
    let names = ["-images-idx3-ubyte", "-images.idx3-ubyte"].flatMap { [stem + $0, stem + $0 + ".gz"] }
    if let found = names.lazy.map({ folder.appending($0) }).first(where: isPresent) { return found }
    throw .badFile(
      FileFault(
        folder.text, expected: "\(names[0]) or \(names[1])", got: "neither",
        advice: "Download them, or name a file of images instead of the folder."))
  }

  private static func labelPath(of path: BytePath) throws(DataError) -> BytePath {
    let name = text(path.name)
    guard name.contains("images"), name.contains("idx3") else {
      throw .badFile(
        FileFault(
          path.text,
          expected: "a name with images and idx3, so that the file of labels has labels and idx1 in their place",
          got: name, advice: "Rename both files."))
    }
    let labels = name.replacing("images", with: "labels").replacing("idx3", with: "idx1")
    return path.renamed(bytes(ofVisibleText: labels))
  }

  public var count: Int { labels.count }

  public var notes: [String] { labelNote.map { [$0] } ?? [] }

  public func label(of sample: Int) -> Int { Int(labels[sample]) }

  public func name(of sample: Int) -> String { "\(images.path), image \(sample)" }

  public func read(_ sample: Int, into bytes: inout ByteBuffer) throws(DataError) -> StoredForm {
    // The grey values are read to the last third, which is overwritten last.
    let room = bytes.resize(to: 3 * size.pixels)
    let grey = UnsafeMutableRawBufferPointer(rebasing: room[(2 * size.pixels)...])
    try images.read(at: sample * size.pixels, into: grey)
    for pixel in 0..<size.pixels {
      let value = grey[pixel]
      for channel in 0..<3 { room[3 * pixel + channel] = value }
    }
    return .rgb(size)
  }
}
