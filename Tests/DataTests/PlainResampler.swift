import Data

/// The plain twin of `ImageResampler`: the same sums in the same order, a pixel at a time, with no table and no C.
func resamplePlainly(
  _ pixels: [UInt8], size: PixelSize, plan: CropPlan, scale: SIMD3<Float>, offset: SIMD3<Float>
) -> [Float] {
  var output: [Float] = []
  for y in 0..<plan.vertical.outputLength {
    let rows = plainTaps(plan.vertical, y)
    for place in 0..<plan.horizontal.outputLength {
      let x = plan.flip ? plan.horizontal.outputLength - 1 - place : place
      let columns = plainTaps(plan.horizontal, x)
      for channel in 0..<3 {
        var sum: Float = 0
        for column in columns {
          var columnSum: Float = 0
          for row in rows {
            columnSum += row.weight * Float(pixels[(row.source * size.width + column.source) * 3 + channel])
          }
          sum += column.weight * columnSum
        }
        output.append(sum * scale[channel] + offset[channel])
      }
    }
  }
  return output
}

/// The source pixels of one output pixel with their weights in the triangle filter.
private func plainTaps(_ axis: ResampledAxis, _ output: Int) -> [(source: Int, weight: Float)] {
  let scale = Double(axis.sourceLength) / Double(axis.resizedLength)
  let support = max(scale, 1)
  let center = (Double(axis.outputStart + output) + 0.5) * scale
  let start = max(Int(center - support + 0.5), 0)
  let end = min(Int(center + support + 0.5), axis.sourceLength)
  let weights = (start..<end).map { max(1 - abs((Double($0) + 0.5 - center) / support), 0) }
  let sum = weights.reduce(0, +)
  return zip(start..<end, weights).map { (axis.sourceStart + $0, Float($1 / sum)) }
}
