import Data
import Foundation

/// What torchvision does to Pillow images; `make_augmentation.py` in the folder says how it was made.
enum AugmentationFixtures {
  struct Operations: Decodable {
    var width: Int
    var height: Int
    var cases: [Case]
  }

  struct Case: Decodable {
    var name: String
    var magnitude: Double
    var bilinear: Bool?
    var fill: [UInt8]?
  }

  struct Tables: Decodable {
    struct Narrow: Decodable {
      var bins: Int
      var height: Int
      var width: Int
      var magnitudes: [String: [Double]]
    }

    var wide: [String: [Double]]
    var narrow: [Narrow]
    /// In the order in which torchvision draws from them.
    var names: [String]
    var signed: [String]
  }

  static func bytes(_ name: String) throws -> [UInt8] { try Fixtures.bytes("augmentation/" + name) }

  static func decode<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value {
    try JSONDecoder().decode(type, from: Foundation.Data(bytes(name)))
  }
}

extension PixelEditor {
  /// The image after some operations.
  static func edited(
    _ image: [UInt8], _ size: PixelSize, _ operations: PixelOperation..., sampling: AffineSampling = AffineSampling()
  ) -> [UInt8] {
    var plan = AugmentationPlan()
    (plan.operations, plan.sampling) = (operations, sampling)
    var editor = PixelEditor()
    var image = image
    editor.edit(&image, size, plan: plan)
    return image
  }
}
