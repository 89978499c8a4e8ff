/// A linear map along one axis of an image, each of whose outputs is a weighted sum of neighbouring inputs: averages over
/// windows, interpolation, and the gradients of both.
public struct AxisWeights: Hashable, Sendable {
  /// One output: Σ weights[k] input[start + k]. Without weights it is 0.
  public struct Sum: Hashable, Sendable {
    public var start: Int
    public var weights: [Double]

    public init(start: Int, weights: [Double]) {
      (self.start, self.weights) = (start, weights)
    }
  }

  public let inputs: Int
  public let sums: [Sum]

  /// Traps where a sum reads beyond the inputs.
  public init(inputs: Int, sums: [Sum]) {
    precondition(sums.allSatisfy { $0.start >= 0 && $0.start + $0.weights.count <= inputs })
    (self.inputs, self.sums) = (inputs, sums)
  }

  public var outputs: Int { sums.count }

  /// The map of gradients: what each input receives from the outputs that read it.
  public var transposed: AxisWeights {
    var readers = [Range<Int>](repeating: 0..<0, count: inputs)
    for (output, sum) in sums.enumerated() {
      for input in sum.start..<sum.start + sum.weights.count {
        readers[input] = readers[input].isEmpty ? output..<output + 1 : readers[input].lowerBound..<output + 1
      }
    }
    let gradients = readers.enumerated().map { input, readers in
      Sum(start: readers.lowerBound, weights: readers.map { weight(of: input, in: sums[$0]) })
    }
    return AxisWeights(inputs: outputs, sums: gradients)
  }

  private func weight(of input: Int, in sum: Sum) -> Double {
    let index = input - sum.start
    return sum.weights.indices.contains(index) ? sum.weights[index] : 0
  }
}
