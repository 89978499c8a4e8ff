import Data

/// The one place where a configuration becomes data sets, whatever their format.
package struct DataSource {
  private let configuration: RunConfiguration
  private let cache: IndexCache
  private var data: RunConfiguration.Data { configuration.data }

  /// - Parameter writes: whether the run's folder may be made for what was found out about the data. A folder that the
  ///   configuration names for it is always used.
  package init(_ configuration: RunConfiguration, writes: Bool = true) {
    self.configuration = configuration
    let folder = configuration.data.index
    cache = IndexCache(
      folder: folder.isEmpty ? OutputFolder(of: configuration).index : folder, mayWrite: writes || !folder.isEmpty)
  }

  package func training() throws -> any DataSet { try open(data.train, .training, classes: nil) }

  /// - Parameter classes: those of the training set; labels are indices into them. Nil to count alone.
  package func validation(classes: [String]?) throws -> any DataSet {
    try open(data.validation, .validation, classes: classes)
  }

  private func open(_ path: String, _ role: DataRole, classes: [String]?) throws -> any DataSet {
    switch data.format {
    case .tree:
      if let classes {
        try FolderTree(root: path, classes: classes, cache: cache)
      } else {
        try FolderTree(root: path, cache: cache)
      }
    case .tar: try TarShards(path: path, classes: classes, cache: cache)
    case .cifar10: try CIFARImages(.cifar10, path: path, role: role)
    case .cifar100: try CIFARImages(.cifar100, path: path, role: role)
    case .idx: try IDXImages(path: path, role: role, classes: classes)
    case .synthetic:
      SyntheticDataSet(
        count: data.syntheticImages, classes: configuration.model.classes,
        size: PixelSize(width: data.imageSize, height: data.imageSize),
        // Other pixels for validation.
        seed: role == .training ? configuration.seed : ~configuration.seed)
    }
  }
}

extension DataSource {
  /// How many images there are; nil where the files are not here.
  package func imagesHere() throws -> (training: Int?, validation: Int?) {
    (
      try isHere(data.train) ? training().count : nil,
      try isHere(data.validation) ? validation(classes: nil).count : nil
    )
  }

  private func isHere(_ path: String) -> Bool { data.format == .synthetic || FilePattern.isHere(path) }
}
