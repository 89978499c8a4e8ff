import Foundation

/// What `Fixtures/make_fixtures.py` wrote.
struct TorchFixture: Decodable {
  struct Run: Decodable {
    let momentum: Double
    let nesterov: Bool
    let weightDecay: Double
    let start: [Float]
    let rates: [Double]
    let gradients: [[Float]]
    let results: [[Float]]
  }

  struct Average: Decodable {
    let decay: Double
    let values: [[Float]]
    let results: [[Float]]
  }

  let samples: Int
  let sgd: [Run]
  let cosine: [Double]
  let polynomial: [Double]
  let step: [Double]
  let averages: [Average]

  static func load() throws -> TorchFixture {
    let file = Bundle.module.bundleURL.appending(path: "Fixtures/torch.json")
    return try JSONDecoder().decode(TorchFixture.self, from: Data(contentsOf: file))
  }
}
