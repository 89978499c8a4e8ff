import Data
import Tensors

/// Many images side by side in one: what the network sees of them, so that a person can look at it.
public struct ContactSheet {
  /// One of the images, from left to right and from top to bottom.
  public struct Cell: Hashable, Sendable {
    /// The file.
    public let name: String
    public let label: String
  }

  public let columns: Int
  public private(set) var cells: [Cell] = []
  private let imageSize: Int
  private let normalization: Normalization
  /// u8 `[side, side, 3]` of each image.
  private var images: [[UInt8]] = []

  /// White lines between images, in pixels.
  private static let gap = 2

  /// Reads the first `count` images of an epoch as the run's first steps would have them, or of the validation set.
  ///
  /// - Parameter epoch: from 0. Ignored for the validation set.
  public init(_ configuration: RunConfiguration, ofTraining isTraining: Bool, count: Int, epoch: Int) throws {
    let data = try RunData(configuration)
    let set = isTraining ? data.training : data.validation
    let count = min(count, set.count)
    columns = Int(Double(count).squareRoot().rounded(.up))
    imageSize = configuration.data.imageSize
    normalization = configuration.data.normalization
    var loader =
      isTraining
      ? Self.trainingLoader(configuration, set, epoch: epoch) : Self.validationLoader(configuration, set)
    while images.count < count, let batch = try loader.next() {
      for index in 0..<min(batch.count, count - images.count) {
        cells.append(
          Cell(
            name: set.name(of: batch.samples[index]), label: set.classes[Int(batch.labels[index])]))
        // Of several views the first.
        images.append(pixels(of: batch.images + index * batch.views * imageSize * imageSize * 3))
      }
    }
  }

  private static func trainingLoader(_ configuration: RunConfiguration, _ set: any DataSet, epoch: Int) -> Loader {
    let batch = min(configuration.batch.global, set.count)
    let shards = ShardPlan(samples: set.count, globalBatch: batch, worldSize: 1)
    let first = epoch * shards.stepsPerEpoch
    return configuration.trainingLoader(set, shards, rank: 0, steps: first..<first + shards.stepsPerEpoch)
  }

  private static func validationLoader(_ configuration: RunConfiguration, _ set: any DataSet) -> Loader {
    let plan = EvaluationPlan(samples: set.count, localBatch: configuration.evaluation.batch, worldSize: 1)
    return configuration.validationLoader(set, plan, rank: 0)
  }

  /// Takes normalisation back.
  private func pixels(of image: UnsafePointer<Float>) -> [UInt8] {
    let scale = SIMD3<Float>(255 * normalization.standardDeviation)
    let offset = SIMD3<Float>(255 * normalization.mean)
    return (0..<imageSize * imageSize * 3).map { index in
      UInt8(min(max((image[index] * scale[index % 3] + offset[index % 3]).rounded(), 0), 255))
    }
  }

  /// Replaces a file by the sheet, a JPEG.
  public func write(to path: String) throws { try DurableFile.write(try jpeg(), to: path) }

  /// The sheet as a JPEG file.
  package func jpeg(quality: Int = 95) throws -> [UInt8] {
    let pitch = imageSize + Self.gap
    let rows = (images.count + columns - 1) / columns
    let (width, height) = (columns * pitch - Self.gap, rows * pitch - Self.gap)
    var sheet = [UInt8](repeating: 255, count: width * height * 3)
    for (number, image) in images.enumerated() {
      let (row, column) = number.quotientAndRemainder(dividingBy: columns)
      for line in 0..<imageSize {
        let target = ((row * pitch + line) * width + column * pitch) * 3
        sheet.replaceSubrange(
          target..<target + imageSize * 3, with: image[line * imageSize * 3..<(line + 1) * imageSize * 3])
      }
    }
    return try JPEGEncoder().encode(
      sheet, width: width, height: height, options: .init(quality: quality, subsampling: .none))
  }
}
