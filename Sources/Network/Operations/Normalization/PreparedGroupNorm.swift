import Kernels
import Tensors

/// GroupNorm by the kernels of BatchNorm, which look at one sample at a time as if it were a batch: the channels' moments
/// are merged into those of their group, and a group's coefficients go to all of its channels.
final class PreparedGroupNorm: PreparedOperation {
  private let operation: GroupNorm
  private let site: Site
  private let kernels: BatchNormKernels
  private let channels, channelsPerGroup, pixels: Int
  private let memory: GroupNormMemory

  init(_ operation: GroupNorm, at site: Site) {
    (self.operation, self.site) = (operation, site)
    channels = site.inputShapes[0][0]
    channelsPerGroup = channels / operation.groups
    pixels = site.inputShapes[0].elements / channels
    kernels = BatchNormKernels(
      channels: channels, type: site.type, activation: .identity, addsResidual: false, team: site.engine.team)
    memory = GroupNormMemory(
      channels: channels, groups: operation.groups, scratchElements: kernels.scratchElements)
  }

  private var scale: UnsafeMutablePointer<Float> { site.parameters[0].baseAddress! }
  private var shift: UnsafeMutablePointer<Float> { site.parameters[1].baseAddress! }

  private func bytes(_ sample: Int) -> Int { sample * channels * pixels * site.type.bytes }

  private func channels(of group: Int) -> Range<Int> {
    group * channelsPerGroup..<(group + 1) * channelsPerGroup
  }

  /// The sample's moments in the workspace; in evaluation there is room for one sample's.
  private func moments(_ call: Call, _ sample: Int) -> UnsafeMutablePointer<GroupMoments> {
    guard let workspace = call.workspace else { return memory.moments }
    return workspace.assumingMemoryBound(to: GroupMoments.self) + sample * operation.groups
  }

  // MARK: Forward

  func forward(_ call: Call) {
    for sample in 0..<site.tile {
      let x = call.inputs[0] + bytes(sample)
      let moments = moments(call, sample)
      kernels.addMoments(
        of: x, rows: pixels, seen: 0, scratch: memory.scratch, means: memory.first, squaredDeviations: memory.second)
      for group in 0..<operation.groups { moments[group] = merged(channels(of: group)) }
      spread(moments)
      kernels.normalise(
        x, rows: pixels, adding: nil, into: call.output + bytes(sample), mean: memory.mean, scale: memory.factor,
        shift: shift)
    }
  }

  /// The moments of some channels together (Chan, Golub and LeVeque 1983).
  private func merged(_ channels: Range<Int>) -> GroupMoments {
    let mean = channels.reduce(0) { $0 + memory.first[$1] } / Double(channels.count)
    let squares = channels.reduce(0) { sum, c in
      sum + memory.second[c] + Double(pixels) * (memory.first[c] - mean) * (memory.first[c] - mean)
    }
    let variance = squares / Double(channels.count * pixels)
    return GroupMoments(mean: mean, inverseDeviation: 1 / (variance + Double(operation.epsilon)).squareRoot())
  }

  /// Gives every channel its group's mean, and its scale times the group's inverse deviation.
  private func spread(_ moments: UnsafePointer<GroupMoments>) {
    for group in 0..<operation.groups {
      for c in channels(of: group) {
        memory.mean.set(moments[group].mean, channel: c)
        memory.factor[c] = Float(moments[group].inverseDeviation * Double(scale[c]))
      }
    }
  }

  // MARK: Backward

  func backward(_ call: Call) {
    if call.isFirst { memory.clearParameterSums() }
    for sample in 0..<site.tile {
      let (x, dy) = (call.inputs[0] + bytes(sample), call.outputGradient! + bytes(sample))
      let moments = moments(call, sample)
      spread(moments)
      kernels.addGradientSums(
        x: x, rows: pixels, output: nil, outputGradient: dy, mean: memory.mean, scale: memory.factor, shift: shift,
        isFirst: true, scratch: memory.scratch, sums: memory.first, centredSums: memory.second)
      for group in 0..<operation.groups { distribute(group, moments[group].inverseDeviation) }
      guard let dx = call.inputGradients[0] else { continue }
      kernels.inputGradient(
        x: x, rows: pixels, outputGradient: dy, into: dx + bytes(sample), mean: memory.mean, scale: memory.factor,
        shift: shift, a: memory.a, b: memory.b, c: memory.c)
    }
    guard call.isLast else { return }
    for c in 0..<channels {
      site.parameterGradients[0][c] = Float(memory.scaleSums[c])
      site.parameterGradients[1][c] = Float(memory.shiftSums[c])
    }
  }

  /// With n values in a group, r = 1 / sqrt(variance + epsilon), g the scale, and sums over a channel's pixels as the
  /// kernels gave them:
  ///   dShift = Σ dy,  dScale = r Σ dy (x - mean),
  ///   dx = g r dy - r Σ g dy / n - (x - mean) r³ Σ g dy (x - mean) / n
  /// where the sums in dx run over the group.
  private func distribute(_ group: Int, _ inverse: Double) {
    let channels = channels(of: group)
    let count = Double(channels.count * pixels)
    let sum = channels.reduce(0) { $0 + Double(scale[$1]) * memory.first[$1] }
    let centredSum = channels.reduce(0) { $0 + Double(scale[$1]) * memory.second[$1] }
    for c in channels {
      memory.scaleSums[c] += inverse * memory.second[c]
      memory.shiftSums[c] += memory.first[c]
      memory.a[c] = memory.factor[c]
      memory.b[c] = Float(-inverse * inverse * inverse * centredSum / count)
      memory.c[c] = Float(-inverse * sum / count)
    }
  }
}
