import Network
import Tensors
import Testing

/// Shapes that do not fit end with what to change.
@Suite struct LayerShapeTests {
  private func reason(_ operation: any Operation, _ input: Shape) -> String {
    do throws(ShapeError) {
      return "gives \(try operation.outputShape(of: [input]))"
    } catch {
      return error.description
    }
  }

  @Test func pooling() {
    #expect(
      reason(MaxPooling(kernel: 3, stride: 2), [3, 2, 5])
        == "max pooling cannot take 3x2x5: a 3x3 window does not fit; use larger images")
    #expect(reason(MaxPooling(kernel: 3, stride: 2, roundsUp: true), [3, 2, 5]) == "gives 3x1x2")
    #expect(
      reason(
        MaxPooling(rows: .init(kernel: 2, padding: 1, dilation: 3), columns: .init(kernel: 1)), [3, 2, 5]
      ).hasSuffix("some 2x1 windows hold nothing but padding; use larger images or less dilation"))
    #expect(reason(MaxPooling(kernel: 300), [1, 300, 300]).hasSuffix("a window has at most 65536 elements"))
    #expect(reason(MaxPooling(kernel: 2, stride: 0), [1, 3, 3]).contains("must be positive"))
    #expect(
      reason(AveragePooling(rows: .init(kernel: 2, dilation: 2), columns: .init(kernel: 2)), [1, 9, 9])
        .hasSuffix("an average has no dilation; leave it at 1"))
    #expect(
      reason(AdaptiveMaxPooling(height: 1, width: 1), [1, 300, 300])
        .hasSuffix("a bin has at most 65536 elements; use more bins"))
    #expect(
      reason(AdaptiveAveragePooling(height: 0, width: 3), [1, 9, 9])
        == "adaptive average pooling cannot take 1x9x9: an output of 0x3 is empty; ask for at least 1x1")
  }

  @Test func normalization() {
    #expect(
      reason(GroupNorm(groups: 4), [6, 2, 2]) == "group norm cannot take 6x2x2: 6 channels do not divide into 4 groups")
    #expect(reason(LayerNorm(), [6, 2]).hasSuffix("it needs channels, height and width, or a vector"))
    #expect(reason(LocalResponseNorm(size: 0), [6, 2, 2]).hasSuffix("use at least 1"))
  }

  @Test func resampling() {
    #expect(
      reason(Upsampling(.bilinear(alignsCorners: false), factor: 0.3), [6, 2, 9])
        == "bilinear upsampling cannot take 6x2x9: an output of 0x2 is empty; use a larger factor or size")
    #expect(
      reason(PixelShuffle(factor: 2), [6, 2, 2]).hasSuffix("6 channels do not divide into squares of 2x2 pixels"))
    #expect(
      reason(PixelUnshuffle(factor: 2), [6, 3, 2])
        .hasSuffix("height and width do not divide by 2; pad or crop the images"))
  }
}
