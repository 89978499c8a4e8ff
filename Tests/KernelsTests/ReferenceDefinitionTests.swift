import ReferenceKernels
import TestSupport
import Testing

/// The oracle against answers worked out by hand: what gradients that agree with finite differences cannot tell.
@Suite struct ReferenceDefinitionTests {
  private let counting = ReferenceTensor([1, 1, 3, 3], (1...9).map(Double.init))

  @Test func convolutionSlidesAndDoesNotFlip() {
    let weights = ReferenceTensor([1, 1, 2, 2], [1, 2, 3, 4])
    let y = ReferenceConvolution().forward(counting, weights: weights)
    #expect(y.shape == [1, 1, 2, 2])
    #expect(y.values == [37, 47, 67, 77])
  }

  @Test func convolutionStridesPadsAndDilates() {
    let ones = ReferenceTensor([1, 1, 2, 2], [1, 1, 1, 1])
    let padded = ReferenceConvolution(stride: 2, padding: 1).forward(counting, weights: ones)
    #expect(padded.values == [1, 5, 11, 28])
    let dilated = ReferenceConvolution(dilation: 2).forward(counting, weights: ones)
    #expect(dilated.values == [20])
  }

  @Test func axesSlideOnTheirOwn() {
    let ones = ReferenceTensor([1, 1, 1, 2], [1, 10])
    let convolution = ReferenceConvolution(rows: .init(stride: 2), columns: .init(padding: 1, dilation: 2))
    #expect(convolution.forward(counting, weights: ones).values == [20, 31, 2, 80, 97, 8])
  }

  @Test func transposedConvolutionSpreadsItsInput() {
    let x = ReferenceTensor([1, 1, 1, 2], [1, 10])
    let weights = ReferenceTensor([1, 1, 1, 3], [1, 2, 3])
    let strided = ReferenceTransposedConvolution(ReferenceConvolution(stride: 2), outputPadding: [0, 1])
    #expect(strided.outputShape(input: x.shape, weights: weights.shape) == [1, 1, 1, 6])
    #expect(strided.forward(x, weights: weights).values == [1, 2, 13, 20, 30, 0])
    let padded = ReferenceTransposedConvolution(.init(rows: .init(), columns: .init(stride: 2, padding: 1)))
    #expect(padded.forward(x, weights: weights).values == [2, 13, 20])
  }

  @Test func groupsSeeOnlyTheirChannels() {
    let x = ReferenceTensor([1, 4, 1, 1], [1, 10, 100, 1000])
    let weights = ReferenceTensor([2, 2, 1, 1], [1, 2, 3, 4])
    #expect(ReferenceConvolution(groups: 2).forward(x, weights: weights).values == [21, 4300])
  }

  @Test func batchNormUsesTheBiasedVarianceAndTracksTheUnbiased() {
    let x = ReferenceTensor([2, 1, 1, 2], [1, 3, 5, 7])
    let moments = ReferenceMoments(of: [x])
    #expect(
      moments
        == ReferenceMoments(of: [ReferenceTensor([1, 1, 1, 2], [1, 3]), ReferenceTensor([1, 1, 1, 2], [5, 7])]))
    #expect(moments.means == [4])
    #expect(moments.squaredDeviations == [20])
    let one = ReferenceTensor([1], [2])
    let y = ReferenceBatchNorm(epsilon: 4).forward(x, scale: one, shift: ReferenceTensor([1], [1]), moments: moments)
    #expect(relativeError(of: y.values, to: [-1, 1.0 / 3, 5.0 / 3, 3]) < 1e-15)
    let tracked = ReferenceBatchNorm(momentum: 0.25).track(
      moments, means: ReferenceTensor([1], [8]), variances: ReferenceTensor([1], [4]))
    #expect(tracked.means.values == [7])
    let unbiased = 20.0 / 3
    #expect(tracked.variances.values == [3 + 0.25 * unbiased])
  }

  @Test func maxPoolingIgnoresPaddingAndPrefersTheFirst() {
    let x = ReferenceTensor([1, 1, 2, 3], [-1, -2, -5, -3, -4, -5])
    let pooling = ReferenceMaxPooling(kernel: 2, stride: 2, padding: 1)
    #expect(pooling.forward(x).values == [-1, -2, -3, -4])
    let flat = ReferenceTensor([1, 1, 2, 2], [7, 7, 7, 7])
    let gradient = ReferenceMaxPooling(kernel: 2, stride: 2).backward(
      input: flat, outputGradient: ReferenceTensor([1, 1, 1, 1], [3]))
    #expect(gradient.values == [3, 0, 0, 0])
  }

  @Test func averageLinearReluAndAdd() {
    #expect(ReferenceGlobalAveragePooling().forward(counting).values == [5])
    let linear = ReferenceLinear().forward(
      ReferenceTensor([1, 2], [3, 5]), weights: ReferenceTensor([3, 2], [1, 0, 0, 1, 2, 2]))
    #expect(linear.values == [3, 5, 16])
    let biased = ReferenceBias().forward(linear, bias: ReferenceTensor([3], [10, 20, 30]))
    #expect(biased.values == [13, 25, 46])
    #expect(ReferenceReLU().forward(ReferenceTensor([1, 3], [-1, 0, 2])).values == [0, 0, 2])
    #expect(ReferenceAdd().forward(counting, counting).values == (1...9).map { Double(2 * $0) })
  }

  @Test func crossEntropyOfEqualLogitsIsTheLogarithmOfTheCount() {
    let logits = ReferenceTensor([2, 4], [1, 1, 1, 1, -5, -5, -5, -5])
    for smoothing in [0, 0.1] {
      let loss = ReferenceSoftmaxCrossEntropy(labelSmoothing: smoothing).loss(logits, labels: [0, 3])
      #expect(abs(loss - 2 * 1.3862943611198906) < 1e-14)
    }
  }
}
