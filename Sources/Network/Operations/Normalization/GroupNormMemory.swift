import Kernels
import Tensors

/// Numbers of GroupNorm per channel, in one allocation.
struct GroupNormMemory: ~Copyable {
  private let buffer: AlignedBuffer
  private let channels, groups: Int

  init(channels: Int, groups: Int, scratchElements: Int) {
    (self.channels, self.groups) = (channels, groups)
    let doubles = 4 * channels * MemoryLayout<Double>.stride + groups * MemoryLayout<GroupMoments>.stride
    buffer = AlignedBuffer(bytes: doubles + (6 * channels + scratchElements) * MemoryLayout<Float>.stride)
  }

  private var start: UnsafeMutableRawPointer { buffer.bytes.baseAddress! }

  private func doubles(_ index: Int) -> UnsafeMutablePointer<Double> {
    start.assumingMemoryBound(to: Double.self) + index * channels
  }

  private func floats(_ index: Int) -> UnsafeMutablePointer<Float> {
    UnsafeMutableRawPointer(moments + groups).assumingMemoryBound(to: Float.self) + index * channels
  }

  /// Of one sample: means and squared deviations forward, the gradient's sums and centred sums backward.
  var first: UnsafeMutablePointer<Double> { doubles(0) }
  var second: UnsafeMutablePointer<Double> { doubles(1) }
  /// Of all samples so far.
  var scaleSums: UnsafeMutablePointer<Double> { doubles(2) }
  var shiftSums: UnsafeMutablePointer<Double> { doubles(3) }
  /// Of one sample, per group.
  var moments: UnsafeMutablePointer<GroupMoments> {
    UnsafeMutableRawPointer(doubles(4)).assumingMemoryBound(to: GroupMoments.self)
  }

  var mean: SplitMean { SplitMean(high: floats(0), low: floats(1)) }
  /// Scale times inverse deviation.
  var factor: UnsafeMutablePointer<Float> { floats(2) }
  /// Coefficients of the input gradient.
  var a: UnsafeMutablePointer<Float> { floats(3) }
  var b: UnsafeMutablePointer<Float> { floats(4) }
  var c: UnsafeMutablePointer<Float> { floats(5) }
  var scratch: UnsafeMutablePointer<Float> { floats(6) }

  func clearParameterSums() { scaleSums.update(repeating: 0, count: 2 * channels) }
}
