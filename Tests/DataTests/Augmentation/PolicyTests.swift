import Data
import Foundation
import Tensors
import Testing

/// The tables of the policies are torchvision's, and choices are spread as they should be.
@Suite struct PolicyTests {
  private let size = PixelSize(width: 224, height: 224)

  private func draws(_ policy: AugmentationPolicy, _ count: Int) -> [[PixelOperation]] {
    (0..<count).map { index in
      var random = KeyedRandom(seed: 8, purpose: .augmentation, index: index)
      return Augmentation(policy: policy).plan(size, random: &random).operations
    }
  }

  @Test func magnitudesAreTorchvisions() throws {
    let tables: AugmentationFixtures.Tables = try AugmentationFixtures.decode("tables.json")
    #expect(PolicyOperation.allCases.map(\.rawValue) == tables.names + ["Invert"])
    func compare(_ table: MagnitudeTable, _ expected: [String: [Double]], _ context: String) throws {
      for name in tables.names {
        let values = try #require(expected[name])
        let operation = try #require(PolicyOperation(rawValue: name))
        #expect(operation.isSigned == tables.signed.contains(name))
        #expect(values.count == table.bins || values == [0])
        let found = values.indices.map { table.magnitude(operation, bin: $0) }
        #expect(found == values, "\(name) \(context)")
      }
    }
    try compare(.wide(bins: 31), tables.wide, "of TrivialAugment")
    #expect(tables.narrow.count == 5)
    for narrow in tables.narrow {
      let size = PixelSize(width: narrow.width, height: narrow.height)
      try compare(.narrow(bins: narrow.bins, size), narrow.magnitudes, "\(narrow.bins) bins at \(size)")
    }
  }

  /// Each step of the 25 pairs, from the JSON as it is.
  @Test func pairsAreTorchvisions() throws {
    let tables = try JSONSerialization.jsonObject(with: Foundation.Data(AugmentationFixtures.bytes("tables.json")))
    let pairs = try #require((tables as? [String: Any])?["imagenet"] as? [[[Any]]])
    #expect(pairs.count == 25 && AutoAugment.imageNet.count == 25)
    for (expected, found) in zip(pairs, AutoAugment.imageNet) {
      for (expected, found) in zip(expected, [found.0, found.1]) {
        #expect(expected[0] as? String == found.operation.rawValue)
        #expect(expected[1] as? Double == found.probability)
        #expect((expected[2] as? Int ?? 0) == found.magnitude)
      }
    }
  }

  /// Which operation, whatever its magnitude.
  private func kind(_ operation: PixelOperation) -> String {
    guard case .affine(let map) = operation else { return String("\(operation)".prefix { $0 != "(" }) }
    if map.a != 1 { return "rotate" }
    return map.b != 0 ? "shearX" : map.d != 0 ? "shearY" : map.c != 0 ? "translateX" : "translateY"
  }

  @Test func randAugmentChoosesEvenly() {
    let count = 14_000
    let drawn = draws(.randAugment(RandAugment(operations: 1, magnitude: 9)), count)
    var kinds: [String: Int] = [:]
    for operation in drawn.joined() { kinds[kind(operation), default: 0] += 1 }
    kinds["identity"] = drawn.count { $0.isEmpty }
    #expect(kinds.count == 14)
    // Binomial: mean 1000, standard deviation 30.5.
    for (kind, count) in kinds { #expect(abs(count - 1000) < 5 * 31, "\(count) of \(kind)") }
    let turns = drawn.joined().filter { kind($0) == "shearX" }
    let left = turns.count { if case .affine(let map) = $0 { map.b < 0 } else { false } }
    #expect(abs(left - turns.count / 2) < 5 * 16)
    #expect(Set(turns).count == 2, "one magnitude in two directions")
    #expect(draws(.randAugment(RandAugment(operations: 5, magnitude: 3)), 500).allSatisfy { $0.count <= 5 })
  }

  @Test func trivialAugmentChoosesEveryMagnitude() {
    let drawn = draws(.trivialAugmentWide, 30_000)
    #expect(drawn.allSatisfy { $0.count <= 1 })
    let thresholds = drawn.joined().compactMap { if case .solarize(let threshold) = $0 { threshold } else { nil } }
    #expect(Set(thresholds).count == 31)
    let factors = Set(drawn.joined().compactMap { if case .contrast(let factor) = $0 { factor } else { nil } })
    #expect(factors.count == 61, "30 in each direction, and none")
  }

  /// How often AutoAugment's pairs invert follows from three pairs of 25, with probabilities of 0.6.
  @Test func autoAugmentKeepsItsProbabilities() {
    let drawn = draws(.autoAugment, 20_000)
    #expect(drawn.allSatisfy { $0.count <= 2 })
    let inverted = Double(drawn.count { $0.contains(.invert) }) / 20_000
    #expect(abs(inverted - 3 * 0.6 / 25) < 5 * 0.0019)
    let equalizedOnly = Double(drawn.count { $0 == [.equalize, .equalize] }) / 20_000
    // Two pairs of (0.8, 0.6).
    #expect(abs(equalizedOnly - 2 * 0.48 / 25) < 5 * 0.0014)
  }

  @Test func threeAugmentIsOneOfThree() {
    let drawn = draws(.threeAugment, 9000)
    #expect(drawn.allSatisfy { $0.count == 1 })
    #expect(abs(drawn.count { $0 == [.grayscale] } - 3000) < 5 * 45)
    #expect(abs(drawn.count { $0 == [.solarize(128)] } - 3000) < 5 * 45)
    let radii = drawn.joined().compactMap { if case .blur(let radius) = $0 { radius } else { nil } }
    #expect(radii.allSatisfy { (0.1...2).contains($0) })
    let meanRadius = radii.reduce(0, +) / Float(radii.count)
    #expect(abs(meanRadius - 1.05) < 5 * 0.0101)
  }
}
