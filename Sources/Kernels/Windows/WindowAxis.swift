/// The windows along one axis of an image that a maximum is taken over: window o holds the inputs start, start + step, ...
/// of its range, all of them within the image and at least one.
public struct WindowAxis: Hashable, Sendable {
  public struct Window: Hashable, Sendable {
    public var start, count: Int

    public init(start: Int, count: Int) {
      (self.start, self.count) = (start, count)
    }
  }

  public let inputs, step: Int
  public let windows: [Window]

  /// Traps where a window is empty or reaches beyond the inputs.
  public init(inputs: Int, step: Int = 1, windows: [Window]) {
    precondition(windows.allSatisfy { $0.count > 0 && $0.start >= 0 && $0.start + ($0.count - 1) * step < inputs })
    (self.inputs, self.step, self.windows) = (inputs, step, windows)
  }

  public var outputs: Int { windows.count }
  public var longest: Int { windows.map(\.count).max() ?? 0 }

  /// Which element of the window an input is, if any.
  func place(of input: Int, in window: Int) -> Int? {
    let (place, remainder) = (input - windows[window].start).quotientAndRemainder(dividingBy: step)
    return remainder == 0 && (0..<windows[window].count).contains(place) ? place : nil
  }

  /// For each input the range of windows outside of which none holds it.
  var holders: [Range<Int>] {
    var holders = [Range<Int>](repeating: 0..<0, count: inputs)
    for (output, window) in windows.enumerated() {
      for input in stride(from: window.start, through: window.start + (window.count - 1) * step, by: step) {
        holders[input] = holders[input].isEmpty ? output..<output + 1 : holders[input].lowerBound..<output + 1
      }
    }
    return holders
  }
}
