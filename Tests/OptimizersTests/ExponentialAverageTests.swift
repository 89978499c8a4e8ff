import Optimizers
import Tensors
import Testing

@Suite struct ExponentialAverageTests {
  /// PyTorch's first update is a copy.
  @Test func agreesWithPyTorch() throws {
    let fixture = try TorchFixture.load()
    #expect(fixture.averages.count == 3)
    for run in fixture.averages {
      let average = try ExponentialAverage(decay: run.decay)
      var elements = run.values[0]
      #expect(elements == run.results[0])
      for step in 1..<run.values.count {
        average.update(&elements, run.values[step])
        for (ours, theirs) in zip(elements, run.results[step]) {
          #expect(abs(ours - theirs) <= 1e-6 * max(1, abs(theirs)), "decay \(run.decay), step \(step)")
        }
      }
    }
  }

  /// Lengths around every vector width, values that differ at every index.
  @Test(arguments: [0, 0.5, 0.9999]) func equalsItsPlainTwinBitForBit(decay: Double) throws {
    let average = try ExponentialAverage(decay: decay)
    for count in Array(0...70) + [1000, 4099] {
      var random = KeyedRandom(seed: UInt64(count), purpose: .testing)
      var fast = (0..<count).map { _ in Float(random.normal()) }
      var plain = fast
      for _ in 0..<3 {
        let values = (0..<count).map { _ in Float(random.normal()) }
        average.update(&fast, values)
        plain.withUnsafeMutableBufferPointer { plain in
          values.withUnsafeBufferPointer { average.updatePlainly(plain, with: $0) }
        }
      }
      #expect(fast.map(\.bitPattern) == plain.map(\.bitPattern), "\(count) elements")
    }
  }

  @Test func refusesADecayOutsideItsRange() {
    for decay in [-1e-9, 1, .nan, .infinity] {
      #expect(throws: OptimizerError.self) { try ExponentialAverage(decay: decay) }
    }
  }
}

extension ExponentialAverage {
  fileprivate func update(_ elements: inout [Float], _ values: [Float]) {
    elements.withUnsafeMutableBufferPointer { elements in
      values.withUnsafeBufferPointer { update(elements, with: $0) }
    }
  }
}
