import CVectorKernels
import Tensors

/// The vector kernels of BatchNorm, fused with a residual addition and ReLU, on tiles of activations stored channels
/// last, f32 or bf16, seen as `rows` (samples x height x width) by `channels`.
///
/// Rows are spread over the team's threads in contiguous parts, and the parts' sums are added in their order: the same
/// bits for the same number of threads. `CVectorKernels/include/batch_norm.h` says how sums are kept accurate.
public struct BatchNormKernels {
  public let channels: Int
  public let type: ElementType
  public let activation: Activation
  public let addsResidual: Bool
  private let team: ThreadTeam
  private let kernels: cvk_batch_norm

  public init(channels: Int, type: ElementType, activation: Activation, addsResidual: Bool, team: ThreadTeam) {
    self.init(
      channels: channels, type: type, activation: activation, addsResidual: addsResidual, team: team,
      instructionSet: cvk_best_instruction_set())
  }

  /// With the kernels for an instruction set that the machine has.
  package init(
    channels: Int, type: ElementType, activation: Activation, addsResidual: Bool, team: ThreadTeam,
    instructionSet: cvk_instruction_set
  ) {
    precondition(cvk_can_run(instructionSet), "this machine lacks instruction set \(instructionSet.rawValue)")
    (self.channels, self.type) = (channels, type)
    (self.activation, self.addsResidual) = (activation, addsResidual)
    self.team = team
    let all = cvk_kernels_for(instructionSet)
    switch type {
    case .f32: kernels = all.pointee.batch_norm_f32
    case .bf16: kernels = all.pointee.batch_norm_bf16
    default: preconditionFailure("no kernels for \(type) activations")
    }
  }

  private func parts(_ rows: Int) -> Int {
    team.parts(of: rows, atLeast: max(elementsWorthAThread / channels, 1))
  }

  private func bytes(_ rows: Int) -> Int { rows * channels * type.bytes }
}

// MARK: Element by element

extension BatchNormKernels {
  /// `y = activation(((x - mean) scale + shift) [+ residual])`. `y` may be `x` or the residual.
  public func normalise(
    _ x: UnsafeRawPointer, rows: Int, adding residual: UnsafeRawPointer?, into y: UnsafeMutableRawPointer,
    mean: SplitMean, scale: UnsafePointer<Float>, shift: UnsafePointer<Float>
  ) {
    precondition(addsResidual == (residual != nil), "a residual is added exactly where it was announced")
    let parts = parts(rows)
    team.run(parts) { part in
      let range = ThreadTeam.range(part, of: parts, count: rows)
      let offset = bytes(range.lowerBound)
      var normalisation = cvk_normalisation(mean_high: mean.high, mean_low: mean.low, scale: scale, shift: shift)
      kernels.normalise(
        x + offset, residual.map { $0 + offset }, y + offset, range.count, channels, &normalisation,
        activation == .relu)
    }
  }

  /// `dx = a g + b (x - mean) + c` per channel, with g as `addGradientSums` describes it: where the activation is ReLU
  /// and a residual is added, `dy` must be what `addGradientSums` left in place. `dx` may be `dy`.
  public func inputGradient(
    x: UnsafeRawPointer, rows: Int, outputGradient dy: UnsafeRawPointer, into dx: UnsafeMutableRawPointer,
    mean: SplitMean, scale: UnsafePointer<Float>, shift: UnsafePointer<Float>, a: UnsafePointer<Float>,
    b: UnsafePointer<Float>, c: UnsafePointer<Float>
  ) {
    let parts = parts(rows)
    team.run(parts) { part in
      let range = ThreadTeam.range(part, of: parts, count: rows)
      let offset = bytes(range.lowerBound)
      var normalisation = cvk_normalisation(mean_high: mean.high, mean_low: mean.low, scale: scale, shift: shift)
      kernels.input_gradient(
        x + offset, dy + offset, dx + offset, range.count, channels, &normalisation, a, b, c,
        activation == .relu && !addsResidual)
    }
  }
}

// MARK: Sums over rows

extension BatchNormKernels {
  /// Floats of scratch that the summing kernels need.
  public var scratchElements: Int { BatchNormScratch.elements(channels: channels, parts: team.threads) }

  /// Merges the moments of a tile into those of the `seen` rows before it, which are overwritten where `seen` is 0:
  /// `means` and `squaredDeviations` (sums of squared deviations from the mean) are `[C]`, zeros where no row was seen.
  public func addMoments(
    of x: UnsafeRawPointer, rows: Int, seen: Int, scratch: UnsafeMutablePointer<Float>,
    means: UnsafeMutablePointer<Double>, squaredDeviations: UnsafeMutablePointer<Double>
  ) {
    if seen == 0 {
      means.update(repeating: 0, count: channels)
      squaredDeviations.update(repeating: 0, count: channels)
    }
    guard rows > 0 else { return }
    let parts = parts(rows)
    let scratch = BatchNormScratch(scratch, channels: channels)
    team.run(parts) { part in
      let range = ThreadTeam.range(part, of: parts, count: rows)
      let (first, second) = scratch.sums(part)
      kernels.moments(x + bytes(range.lowerBound), range.count, channels, scratch.pivot(part), first, second)
    }
    for part in 0..<parts {
      let range = ThreadTeam.range(part, of: parts, count: rows)
      let (first, second) = scratch.sums(part)
      if seen + range.lowerBound == 0 {
        means.update(from: first, count: channels)
        squaredDeviations.update(from: second, count: channels)
      } else {
        cvk_merge_moments(
          seen + range.lowerBound, means, squaredDeviations, range.count, first, second, channels)
      }
    }
  }

  /// Adds a tile's Σ g to `sums` and its Σ g (x - mean) to `centredSums`, `[C]` each; the first tile overwrites them. g is
  /// the gradient of what enters the activation:
  ///
  /// - identity: g = dy;
  /// - ReLU without a residual: dy where (x - mean) scale + shift, computed again, is positive, else 0;
  /// - ReLU behind a residual: dy where the output `y` is positive, else 0. g replaces `dy` in place, as it is the
  ///   residual's gradient too.
  ///
  /// - Parameter y: read in the last case only.
  public func addGradientSums(
    x: UnsafeRawPointer, rows: Int, output y: UnsafeRawPointer?, outputGradient dy: UnsafeMutableRawPointer,
    mean: SplitMean, scale: UnsafePointer<Float>, shift: UnsafePointer<Float>, isFirst: Bool,
    scratch: UnsafeMutablePointer<Float>, sums: UnsafeMutablePointer<Double>,
    centredSums: UnsafeMutablePointer<Double>
  ) {
    let mask =
      activation == .identity ? CVK_NO_MASK : addsResidual ? CVK_MASK_FROM_OUTPUT : CVK_MASK_FROM_INPUT
    precondition(mask != CVK_MASK_FROM_OUTPUT || y != nil, "ReLU behind a residual needs the output")
    let parts = parts(rows)
    let scratch = BatchNormScratch(scratch, channels: channels)
    team.run(parts) { part in
      let range = ThreadTeam.range(part, of: parts, count: rows)
      let offset = bytes(range.lowerBound)
      let (first, second) = scratch.sums(part)
      first.update(repeating: 0, count: channels)
      second.update(repeating: 0, count: channels)
      var normalisation = cvk_normalisation(mean_high: mean.high, mean_low: mean.low, scale: scale, shift: shift)
      kernels.gradient_sums(
        x + offset, y.map { $0 + offset }, dy + offset, range.count, channels, &normalisation, mask, first, second)
    }
    for part in 0..<parts {
      let (first, second) = scratch.sums(part)
      let overwrites = isFirst && part == 0
      for c in 0..<channels {
        sums[c] = first[c] + (overwrites ? 0 : sums[c])
        centredSums[c] = second[c] + (overwrites ? 0 : centredSums[c])
      }
    }
  }
}
