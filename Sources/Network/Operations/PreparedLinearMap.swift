import Kernels

/// Operations that map each channel linearly, along rows and along columns: averages and interpolation. The gradient is
/// mapped by the transposes, and in forward mode a tangent is mapped as the input is.
final class PreparedLinearMap: PreparedOperation {
  private let map: WeightedWindows
  private let transposed: WeightedWindows?

  init(rows: AxisWeights, columns: AxisWeights, at site: Site) {
    let channels = site.inputShapes[0][0]
    map = WeightedWindows(
      rows: rows, columns: columns, channels: channels, samples: site.tile, team: site.engine.team)
    transposed =
      site.wantsGradient[0]
      ? WeightedWindows(
        rows: rows.transposed, columns: columns.transposed, channels: channels, samples: site.tile,
        team: site.engine.team)
      : nil
  }

  func forward(_ call: Call) { map.run(call.floats(ofInput: 0), into: call.outputFloats) }

  func backward(_ call: Call) {
    guard let dx = call.gradientFloats(ofInput: 0) else { return }
    transposed!.run(call.outputGradientFloats, into: dx)
  }
}
