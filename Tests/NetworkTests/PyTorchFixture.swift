import Foundation
import ReferenceKernels
import Tensors
import TestSupport
import Testing

/// Numbers that PyTorch computed, as `Fixtures/make_resnet18.py` wrote and documents them.
enum PyTorchFixture {
  static func read<Content: Decodable>(_ name: String, as type: Content.Type) throws -> Content {
    let file = try #require(
      Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Fixtures"), "no fixture \(name)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(type, from: Data(contentsOf: file))
  }

  /// A tensor as a formula of its name: `formula` of numbers in [0, 1), rounded to f32.
  static func tensor(_ name: String, _ shape: Shape, _ formula: (Double) -> Double) -> ReferenceTensor {
    let start = fnv1a64(name)
    return ReferenceTensor(
      shape,
      (0..<shape.elements).map { index in
        let uniform = Double(splitMix64(start &+ UInt64(index)) >> 40) * 0x1p-24
        return Double(Float(formula(uniform)))
      })
  }

  /// The first value of a network's parameter or running statistic.
  static func networkTensor(_ name: String, _ shape: Shape) -> ReferenceTensor {
    if name.hasSuffix("running_mean") { return tensor(name, shape) { _ in 0 } }
    if name.hasSuffix("running_var") { return tensor(name, shape) { _ in 1 } }
    if shape.rank > 1 {
      let scale = (6 / Double(shape.dimensions.dropFirst().reduce(1, *))).squareRoot()
      return tensor(name, shape) { (2 * $0 - 1) * scale }
    }
    if name == "fc.bias" { return tensor(name, shape) { ($0 - 0.5) * 0.1 } }
    return name.hasSuffix(".bias") ? tensor(name, shape) { $0 - 0.5 } : tensor(name, shape) { 0.5 + $0 }
  }

  static func fnv1a64(_ text: String) -> UInt64 {
    text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  private static func splitMix64(_ x: UInt64) -> UInt64 {
    var z = x &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}

/// A few numbers that stand for a whole tensor.
struct TensorSummary: Decodable {
  let name: String
  let shape: [Int]
  let norm, sum: Double
  /// The dot product with `probe:` + name, which notices values in wrong places.
  let probe: Double
  let first: [Double]

  /// The largest difference of any of the numbers, relative to the norm.
  func error(of values: [Double]) -> Double {
    guard values.count == shape.reduce(1, *) else { return .infinity }
    let weights = PyTorchFixture.tensor("probe:" + name, Shape(shape)) { 2 * $0 - 1 }.values
    var differences = [
      TestSupport.norm(values) - norm, weightedSum(values, weights) - probe,
      (values.reduce(0, +) - sum) / Double(values.count).squareRoot(),
    ]
    differences += zip(values, first).map { $0 - $1 }
    return differences.contains { $0.isNaN } ? .nan : differences.map(abs).max()! / norm
  }
}
