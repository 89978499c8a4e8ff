import Kernels

/// Operations that map each channel linearly, along rows and along columns: averages and interpolation. The gradient is
/// mapped by the transposes, and in forward mode a tangent is mapped as the input is.
final class PreparedLinearMap: PreparedOperation {
  private let map: WeightedWindows
  private let transposed: WeightedWindows?

  init(rows: AxisWeights, columns: AxisWeights, at site: Site) {
    func windows(_ rows: AxisWeights, _ columns: AxisWeights) -> WeightedWindows {
      WeightedWindows(
        rows: rows, columns: columns, channels: site.inputShapes[0][0], samples: site.tile, type: site.type,
        team: site.engine.team)
    }
    map = windows(rows, columns)
    transposed = site.wantsGradient[0] ? windows(rows.transposed, columns.transposed) : nil
  }

  func forward(_ call: Call) { map.run(call.inputs[0], into: call.output) }

  func backward(_ call: Call) {
    guard let dx = call.inputGradients[0] else { return }
    transposed!.run(call.outputGradient!, into: dx)
  }
}
