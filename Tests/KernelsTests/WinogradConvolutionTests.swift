import Kernels
import Testing

/// Which convolutions Winograd's algorithm is used for.
@Suite struct WinogradConvolutionTests {
  private func geometry(
    _ channels: Int, to outputs: Int, extent: Int, _ axis: ConvolutionAxis = .init(kernel: 3, padding: 1),
    columns: ConvolutionAxis? = nil, groups: Int = 1, batch: Int = 1
  ) -> ConvolutionGeometry {
    let columns = columns ?? axis
    return ConvolutionGeometry(
      batch: batch, input: (channels, extent, extent),
      output: (outputs, axis.outputExtent(extent), columns.outputExtent(extent)), rows: axis, columns: columns,
      groups: groups)
  }

  @Test(arguments: [1, 16]) func takesWhatPays(batch: Int) {
    for (channels, outputs, extent) in [
      (64, 64, 56), (128, 128, 28), (256, 256, 14), (64, 64, 8), (128, 32, 7), (32, 128, 7),
    ] {
      let convolution = WinogradConvolution(geometry(channels, to: outputs, extent: extent, batch: batch))
      #expect(convolution?.isWorthwhile == true, "\(channels) -> \(outputs) at \(extent)")
    }
  }

  /// Too many weights, too small images.
  @Test(arguments: [(512, 512, 7), (256, 512, 14), (64, 64, 6), (64, 64, 1)])
  func leavesTheRest(channels: Int, outputs: Int, extent: Int) {
    #expect(WinogradConvolution(geometry(channels, to: outputs, extent: extent))?.isWorthwhile == false)
  }

  @Test(arguments: [
    ConvolutionAxis(kernel: 1), .init(kernel: 5, padding: 2), .init(kernel: 3, stride: 2, padding: 1),
    .init(kernel: 3, padding: 2, dilation: 2), .init(kernel: 3, padding: 3),
  ])
  func computesNothingElse(axis: ConvolutionAxis) {
    let plain = ConvolutionAxis(kernel: 3, padding: 1)
    #expect(WinogradConvolution(geometry(64, to: 64, extent: 28, axis)) == nil)
    #expect(WinogradConvolution(geometry(64, to: 64, extent: 28, axis, columns: plain)) == nil)
    #expect(WinogradConvolution(geometry(64, to: 64, extent: 28, plain, columns: axis)) == nil)
  }

  @Test func needsFullVectorsAndOneGroup() {
    #expect(WinogradConvolution(geometry(48, to: 64, extent: 28)) == nil)
    #expect(WinogradConvolution(geometry(64, to: 48, extent: 28)) == nil)
    #expect(WinogradConvolution(geometry(64, to: 64, extent: 28, groups: 2)) == nil)
  }

  @Test(arguments: 0...2) func inputGradientLeadsBack(padding: Int) throws {
    let forward = geometry(32, to: 64, extent: 9, .init(kernel: 3, padding: padding))
    let back = try #require(WinogradConvolution(forward)).geometry(.inputGradient)
    #expect((back.inputChannels, back.outputChannels) == (64, 32))
    #expect((back.inputHeight, back.inputWidth) == (forward.outputHeight, forward.outputWidth))
    #expect((back.outputHeight, back.outputWidth) == (9, 9))
    #expect(back.rows.outputExtent(back.inputHeight) == 9 && back.columns.outputExtent(back.inputWidth) == 9)
  }
}
