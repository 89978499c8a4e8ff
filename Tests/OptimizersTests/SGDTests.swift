import Optimizers
import Tensors
import Testing

@Suite struct SGDTests {
  @Test func agreesWithPyTorch() throws {
    let fixture = try TorchFixture.load()
    #expect(fixture.sgd.count == 4)
    for run in fixture.sgd {
      let optimizer = try SGD(momentum: run.momentum, nesterov: run.nesterov, weightDecay: run.weightDecay)
      var parameters = run.start
      var velocity = [Float](repeating: 0, count: parameters.count)
      let ranges = [UpdateRange(elements: 0..<7, decays: true), UpdateRange(elements: 7..<10, decays: false)]
      for step in run.rates.indices {
        optimizer.update(
          &parameters, run.gradients[step], &velocity, ranges, rate: run.rates[step],
          gradientScale: 1 / Double(fixture.samples))
        for (ours, theirs) in zip(parameters, run.results[step]) {
          #expect(abs(ours - theirs) <= 2e-6 * max(1, abs(theirs)), "momentum \(run.momentum), step \(step)")
        }
      }
    }
  }

  /// Lengths around every vector width, ranges that start anywhere, values that differ at every index.
  @Test(arguments: [false, true], [0, 0.9])
  func equalsItsPlainTwinBitForBit(nesterov: Bool, momentum: Double) throws {
    guard momentum > 0 || !nesterov else { return }
    for decay in [0, 1e-4] {
      let optimizer = try SGD(momentum: momentum, nesterov: nesterov, weightDecay: decay)
      for count in Array(0...70) + [1000, 4099] {
        let start = count / 3
        let ranges = [
          UpdateRange(elements: 0..<start, decays: true), UpdateRange(elements: start..<start, decays: true),
          UpdateRange(elements: start..<max(start, count - 1), decays: false),
        ]
        var fast = State(count: count, seed: UInt64(count))
        var plain = fast
        for step in 0..<3 {
          let rate = 0.1 / Double(step + 1)
          optimizer.update(
            &fast.parameters, fast.gradients, &fast.velocity, ranges, rate: rate, gradientScale: 1.0 / 3)
          optimizer.updatePlainly(
            &plain.parameters, plain.gradients, &plain.velocity, ranges, rate: rate, gradientScale: 1.0 / 3)
        }
        #expect(fast.parameters.map(\.bitPattern) == plain.parameters.map(\.bitPattern))
        #expect(fast.velocity.map(\.bitPattern) == plain.velocity.map(\.bitPattern))
        #expect(fast.gradients == State(count: count, seed: UInt64(count)).gradients)
      }
    }
  }

  @Test func paddingStaysZeroAndElementsOutsideTheRangesStayAsTheyAre() throws {
    let layout = ArenaLayout([("weight", .f32, [3, 3]), ("bias", .f32, [3])])
    let parameters = Arena(layout)
    let gradients = Arena(layout)
    let velocity = Arena(layout)
    for part in layout.parts {
      for index in 0..<part.shape.elements {
        parameters.floats(of: part)[index] = Float(index + 1)
        gradients.floats(of: part)[index] = Float(-index)
      }
    }
    let optimizer = try SGD(momentum: 0.9, nesterov: true, weightDecay: 0.1)
    let ranges = UpdateRange.covering(layout)
    for _ in 0..<3 {
      optimizer.update(
        parameters: parameters.floats, gradients: UnsafeBufferPointer(gradients.floats), velocity: velocity.floats,
        ranges: ranges, rate: 0.1, gradientScale: 1)
    }
    let used = Set(layout.parts.flatMap { $0.byteRange.map { $0 / 4 } })
    for index in parameters.floats.indices where !used.contains(index) {
      #expect(parameters.floats[index].bitPattern == 0 && velocity.floats[index].bitPattern == 0)
    }
    #expect(parameters.floats[0] < 1, "the weight with gradient 0 decays")
    #expect(parameters.floats(of: layout.parts[1])[0] == 1, "the bias with gradient 0 does not")
  }

  @Test func refusesParametersOutsideTheirRange() {
    for momentum in [-0.1, 1, .nan, .infinity] {
      #expect(throws: OptimizerError.self) { try SGD(momentum: momentum) }
    }
    for decay in [-1e-9, .nan, .infinity] {
      #expect(throws: OptimizerError.self) { try SGD(momentum: 0.9, weightDecay: decay) }
    }
    let error = #expect(throws: OptimizerError.self) { try SGD(momentum: 0, nesterov: true) }
    #expect(error?.description == "nesterov: expected false, since momentum is 0, got true")
  }
}

private struct State {
  var parameters: [Float]
  var gradients: [Float]
  var velocity: [Float]

  init(count: Int, seed: UInt64) {
    var random = KeyedRandom(seed: seed, purpose: .testing)
    parameters = (0..<count).map { _ in Float(random.normal()) }
    gradients = (0..<count).map { _ in Float(random.normal()) }
    velocity = (0..<count).map { _ in Float(random.normal()) }
  }
}

extension SGD {
  fileprivate func update(
    _ parameters: inout [Float], _ gradients: [Float], _ velocity: inout [Float], _ ranges: [UpdateRange],
    rate: Double, gradientScale: Double
  ) {
    parameters.withUnsafeMutableBufferPointer { parameters in
      velocity.withUnsafeMutableBufferPointer { velocity in
        gradients.withUnsafeBufferPointer { gradients in
          update(
            parameters: parameters, gradients: gradients, velocity: velocity, ranges: ranges, rate: rate,
            gradientScale: gradientScale)
        }
      }
    }
  }

  fileprivate func updatePlainly(
    _ parameters: inout [Float], _ gradients: [Float], _ velocity: inout [Float], _ ranges: [UpdateRange],
    rate: Double, gradientScale: Double
  ) {
    parameters.withUnsafeMutableBufferPointer { parameters in
      velocity.withUnsafeMutableBufferPointer { velocity in
        gradients.withUnsafeBufferPointer { gradients in
          updatePlainly(
            parameters: parameters, gradients: gradients, velocity: velocity, ranges: ranges, rate: rate,
            gradientScale: gradientScale)
        }
      }
    }
  }
}
