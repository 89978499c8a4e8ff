import Network
import Tensors
import TestSupport

extension TestRandom {
  /// How a small kernel slides along an axis.
  mutating func axis() -> ConvolutionAxis {
    ConvolutionAxis(
      kernel: integer(in: 1..<5), stride: integer(in: 1..<4), padding: integer(in: 0..<4), dilation: integer(in: 1..<3))
  }

  /// An operation and a shape `[C, H, W]` that it takes, of sizes that leave remainders in every blocking.
  ///
  /// - Parameter make: from output channels and groups that divide them.
  mutating func windowed<Windowed: Operation>(
    _ make: (inout TestRandom, _ outputChannels: Int, _ groups: Int) -> Windowed
  ) -> (operation: Windowed, input: Shape) {
    let (channels, extents) = ([1, 3, 5, 16, 17, 64], [1, 2, 7, 13])
    while true {
      let groups = element(of: [1, 1, 1, 2, 4])
      let operation = make(&self, element(of: channels) * groups, groups)
      let input: Shape = [element(of: channels) * groups, element(of: extents), element(of: extents)]
      if (try? operation.outputShape(of: [input])) != nil { return (operation, input) }
    }
  }

  /// A batch and a size of tile that divides it.
  mutating func tiledBatch() -> (batch: Int, tile: Int) {
    let tile = integer(in: 1..<4)
    return (tile * integer(in: 1..<4), tile)
  }
}
