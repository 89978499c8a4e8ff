import Tensors

/// A linear map of an image's pixels, the same for every sample and channel, `[N, C, H, W] -> [N, C, H', W']`, as a list of
/// all its products: y[output] = Σ weight x[input].
public struct ReferencePixelMap: Hashable, Sendable {
  public struct Term: Hashable, Sendable {
    /// Numbers of pixels, row by row.
    public var output, input: Int
    public var weight: Double
  }

  let inputHeight, inputWidth, outputHeight, outputWidth: Int
  var terms: [Term] = []

  init(input: Shape, outputHeight: Int, outputWidth: Int) {
    (inputHeight, inputWidth) = (input[2], input[3])
    (self.outputHeight, self.outputWidth) = (outputHeight, outputWidth)
  }

  /// Adds `weight` times the pixel in row `r` and column `s` to the output's row `i` and column `j`.
  mutating func add(_ i: Int, _ j: Int, _ weight: Double, _ r: Int, _ s: Int) {
    terms.append(Term(output: i * outputWidth + j, input: r * inputWidth + s, weight: weight))
  }

  func forward(_ x: ReferenceTensor) -> ReferenceTensor {
    var y = ReferenceTensor(zeros: [x.shape[0], x.shape[1], outputHeight, outputWidth])
    let (inputs, outputs) = (inputHeight * inputWidth, outputHeight * outputWidth)
    for image in 0..<x.shape[0] * x.shape[1] {
      for term in terms {
        y.values[image * outputs + term.output] += term.weight * x.values[image * inputs + term.input]
      }
    }
    return y
  }

  func backward(outputGradient dy: ReferenceTensor) -> ReferenceTensor {
    var dx = ReferenceTensor(zeros: [dy.shape[0], dy.shape[1], inputHeight, inputWidth])
    let (inputs, outputs) = (inputHeight * inputWidth, outputHeight * outputWidth)
    for image in 0..<dy.shape[0] * dy.shape[1] {
      for term in terms {
        dx.values[image * inputs + term.input] += term.weight * dy.values[image * outputs + term.output]
      }
    }
    return dx
  }
}
