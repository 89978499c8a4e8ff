import Tensors

/// An activation function and its gradient on `count` numbers of f32, or of bf16: that of oneDNN's functions is for
/// processors that have it.
public final class ActivationKernel {
  private enum Prepared {
    case eltwise(EltwiseKernel)
    case clippedLine(ClippedLine)
  }

  private let prepared: Prepared
  private let count: Int
  private let type: ElementType
  private let team: ThreadTeam

  public init(
    _ function: ActivationFunction, count: Int, type: ElementType = .f32, training: Bool, on engine: Engine
  ) throws {
    (self.count, self.type, team) = (count, type, engine.team)
    switch function.implementation {
    case .clippedLine(let line): prepared = .clippedLine(line)
    case .eltwise(let eltwise):
      prepared = .eltwise(
        try EltwiseKernel(
          eltwise, "\(function) of \(count) numbers", count: count, type: type, training: training, on: engine))
    }
  }

  /// `output` may be `input`.
  public func forward(input: UnsafeMutableRawPointer, output: UnsafeMutableRawPointer) throws {
    switch prepared {
    case .eltwise(let kernel): try kernel.forward(input: input, output: output)
    case .clippedLine(let line): line.forward(input, into: output, count: count, type: type, team: team)
    }
  }

  /// - Parameter read: the output or the input of forward, as the function's `gradientReadsOutput` says.
  ///
  /// `inputGradient` may be `outputGradient`.
  public func backward(
    read: UnsafeMutableRawPointer, outputGradient: UnsafeMutableRawPointer, inputGradient: UnsafeMutableRawPointer
  ) throws {
    switch prepared {
    case .eltwise(let kernel):
      try kernel.backward(read: read, outputGradient: outputGradient, inputGradient: inputGradient)
    case .clippedLine(let line):
      line.backward(
        output: read, outputGradient: outputGradient, into: inputGradient, count: count, type: type, team: team)
    }
  }
}
