/// What a step belongs to, for profiles.
public struct StepPhase: Hashable, Sendable {
  /// The operation's kind, such as `convolution`.
  public let kind: String
  /// `forward`, `backward`, `restore`...; empty where there is but one.
  public let direction: String
  /// Whether it is a convolution or a matrix product; copies of weights that a call makes for itself count as part of it.
  public let multipliesByWeights: Bool

  public init(_ kind: String, _ direction: String = "", multipliesByWeights: Bool = false) {
    (self.kind, self.direction, self.multipliesByWeights) = (kind, direction, multipliesByWeights)
  }

  static let input = StepPhase("copy of the images")
  static let exchange = StepPhase("exchange of statistics")
}

/// Told of every step of a pass, one after the other; nil costs nothing.
public protocol StepObserver: AnyObject {
  /// - Parameters:
  ///   - name: the node's, such as `layer1.0.conv1`, or what else says which of its kind it was.
  ///   - tile: of the batch; nil for what is done once.
  func record(
    _ name: String, _ phase: StepPhase, tile: Int?, from start: ContinuousClock.Instant, to end: ContinuousClock.Instant
  )
}

extension Optional<any StepObserver> {
  /// Does `work`, and tells the observer of it, if there is one.
  public func observing<Result>(
    _ name: @autoclosure () -> String, _ phase: @autoclosure () -> StepPhase, tile: Int? = nil,
    _ work: () throws -> Result
  ) rethrows -> Result {
    guard let self else { return try work() }
    let start = ContinuousClock.now
    let result = try work()
    self.record(name(), phase(), tile: tile, from: start, to: ContinuousClock.now)
    return result
  }
}
