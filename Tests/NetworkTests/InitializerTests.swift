import Architectures
import Network
import Testing

@Suite struct InitializerTests {
  private func values(_ initializer: Initializer, _ count: Int, seed: UInt64 = 1, name: String = "w") -> [Float] {
    var values = [Float](repeating: -99, count: count)
    values.withUnsafeMutableBufferPointer { initializer.fill($0, seed: seed, name: name) }
    return values
  }

  /// Sample moments of n draws: within five standard errors.
  private func expectMoments(_ values: [Float], deviation: Double, kurtosis: Double) {
    let n = Double(values.count)
    let mean = values.reduce(0) { $0 + Double($1) } / n
    let variance = values.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / n
    #expect(abs(mean) < 5 * deviation / n.squareRoot())
    #expect(abs(variance / deviation / deviation - 1) < 5 * ((kurtosis - 1) / n).squareRoot())
  }

  @Test func moments() {
    expectMoments(values(.heNormal(fanOut: 50), 100_000), deviation: 0.2, kurtosis: 3)
    let uniform = values(.uniform(bound: 0.3), 100_000)
    expectMoments(uniform, deviation: 0.3 / 3.0.squareRoot(), kurtosis: 1.8)
    #expect(uniform.allSatisfy { abs($0) <= 0.3 })
    #expect(values(.constant(0.5), 3) == [0.5, 0.5, 0.5])
  }

  @Test func aFunctionOfSeedAndName() {
    let first = values(.heNormal(fanOut: 2), 1000)
    #expect(first == values(.heNormal(fanOut: 2), 1000))
    #expect(Array(first[..<10]) == values(.heNormal(fanOut: 2), 10))
    #expect(first != values(.heNormal(fanOut: 2), 1000, seed: 2))
    #expect(first != values(.heNormal(fanOut: 2), 1000, name: "v"))
  }

  /// A layer starts from the same values whatever stands around it.
  @Test func replicasStartEqual() throws {
    let batches = Replica.Batches(training: [], evaluation: [1])
    func start(classes: Int) throws -> [String: [Float]] {
      let graph = try ResNet(.resnet18, classes: classes, imageSize: 32, zeroInitialisesResidual: true).graph()
      let replica = try Replica(graph, batches: batches, reducer: nil)
      replica.initialise(seed: 5)
      var values: [String: [Float]] = [:]
      for part in replica.table.parameters.parts {
        values[part.name] = (0..<part.shape.elements).map { replica.parameters[part.offset / 4 + $0] }
      }
      for part in replica.table.statistics.parts {
        values[part.name] = (0..<part.shape.elements).map { replica.statistics[part.offset / 4 + $0] }
      }
      return values
    }
    let (ten, eleven) = (try start(classes: 10), try start(classes: 11))
    #expect(ten["layer3.1.conv1.weight"] == eleven["layer3.1.conv1.weight"])
    #expect(ten["layer3.1.conv1.weight"] != ten["layer3.1.conv2.weight"])
    #expect(ten["layer1.0.bn1.weight"]!.allSatisfy { $0 == 1 })
    #expect(ten["layer1.0.bn2.weight"]!.allSatisfy { $0 == 0 })
    #expect(ten["layer2.0.downsample.1.weight"]!.allSatisfy { $0 == 1 })
    #expect(ten["bn1.running_mean"]!.allSatisfy { $0 == 0 })
    #expect(ten["bn1.running_var"]!.allSatisfy { $0 == 1 })
  }
}
