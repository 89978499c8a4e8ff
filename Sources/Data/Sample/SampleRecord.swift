import Foundation

/// The file that says how a set was made. It is written last, so a set that has one is complete.
struct SampleRecord: Codable, Equatable {
  static let name = "sample.json"

  private let format: String
  private let version: Int
  private let classes: Int
  private let train: Int
  private let validation: Int
  private let size: Int
  private let seed: UInt64

  init(_ specification: SampleSpecification) {
    format = "dist-train sample"
    version = SampleSpecification.version
    classes = specification.classes
    train = specification.train
    validation = specification.validation
    size = specification.size
    seed = specification.seed
  }

  init(file: [UInt8]) throws {
    self = try JSONDecoder().decode(Self.self, from: Data(file))
  }

  func file() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    return try Array(encoder.encode(self)) + [UInt8(ascii: "\n")]
  }

  /// Such as `10 classes, 4000 + 1000 images, size 96, seed 1, version 1`.
  var summary: String {
    "\(classes) classes, \(train) + \(validation) images, size \(size), seed \(seed), version \(version)"
  }
}
