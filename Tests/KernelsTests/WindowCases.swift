import Kernels
import ReferenceKernels
import Tensors

/// Windows over small images: those of ResNet's max pooling, and what is unlike it.
struct WindowCase: Hashable, CustomStringConvertible {
  let kernel, stride, padding, dilation: Int
  let roundsUp: Bool
  let height, width: Int

  static let all = [
    WindowCase(kernel: 3, stride: 2, padding: 1, height: 8, width: 7),
    WindowCase(kernel: 3, stride: 1, padding: 1, height: 5, width: 4),
    WindowCase(kernel: 2, stride: 2, padding: 0, roundsUp: true, height: 5, width: 7),
    WindowCase(kernel: 3, stride: 2, padding: 0, roundsUp: true, height: 6, width: 8),
    WindowCase(kernel: 2, stride: 3, padding: 1, dilation: 2, height: 9, width: 8),
  ]

  init(
    kernel: Int, stride: Int, padding: Int, dilation: Int = 1, roundsUp: Bool = false, height: Int, width: Int
  ) {
    (self.kernel, self.stride, self.padding, self.dilation) = (kernel, stride, padding, dilation)
    (self.roundsUp, self.height, self.width) = (roundsUp, height, width)
  }

  var description: String {
    "\(kernel)x\(kernel) by \(stride), padding \(padding), dilation \(dilation)\(roundsUp ? ", rounded up" : "") on \(height)x\(width)"
  }

  private var window: ReferenceWindow {
    ReferenceWindow(kernel: kernel, stride: stride, padding: padding, dilation: dilation, roundsUp: roundsUp)
  }

  var reference: ReferenceMaxPooling { ReferenceMaxPooling(rows: window, columns: window) }
  var rows: WindowAxis { axis(height) }
  var columns: WindowAxis { axis(width) }

  private func axis(_ inputs: Int) -> WindowAxis {
    let windows = (0..<window.outputExtent(inputs)).map { output in
      let places = window.positions(output).filter { (0..<inputs).contains($0) }
      return WindowAxis.Window(start: places[0], count: places.count)
    }
    return WindowAxis(inputs: inputs, step: dilation, windows: windows)
  }
}

extension ReferenceTensor {
  /// From `[N, H, W, C]`.
  init(channelsLast values: [Double], _ shape: Shape) {
    self.init(zeros: shape)
    for (at, place) in ReferenceTensor.channelsLastPlaces(shape).enumerated() { self.values[place] = values[at] }
  }

  /// As `[N, H, W, C]`.
  var channelsLast: [Double] { ReferenceTensor.channelsLastPlaces(shape).map { values[$0] } }

  /// Where in `[N, C, H, W]` each element of `[N, H, W, C]` is.
  private static func channelsLastPlaces(_ shape: Shape) -> [Int] {
    let (channels, pixels) = (shape[1], shape[2] * shape[3])
    return (0..<shape[0]).flatMap { n in
      (0..<pixels).flatMap { p in (0..<channels).map { c in (n * channels + c) * pixels + p } }
    }
  }
}
