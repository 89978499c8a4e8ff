/// Shows a run's reports to the person who started it. Used by the coordinator alone.
public struct ProgressLine {
  /// Redraws of the line on a terminal are at least so far apart.
  private static let secondsBetweenRedraws = 0.1

  private let console: Console
  private let terminal: Terminal?
  private let style: ProgressStyle
  private let totalSteps: Int
  private let totalEpochs: Int
  private let everySeconds: Double
  private let now: () -> Double
  private var first: (step: Int, seconds: Double)?
  private var lastShown: Double?

  /// - Parameters:
  ///   - everySeconds: plain lines for steps are at least so far apart.
  ///   - now: seconds of a clock that never goes back.
  public init(
    console: Console, style: ProgressStyle, totalSteps: Int, totalEpochs: Int, everySeconds: Double,
    now: @escaping () -> Double
  ) {
    self.init(
      console: console, terminal: Terminal.ofStandardError(), style: style, totalSteps: totalSteps,
      totalEpochs: totalEpochs, everySeconds: everySeconds, now: now)
  }

  package init(
    console: Console, terminal: Terminal?, style: ProgressStyle, totalSteps: Int, totalEpochs: Int,
    everySeconds: Double, now: @escaping () -> Double
  ) {
    self.console = console
    self.terminal = terminal
    self.style = style.resolved(onTerminal: terminal != nil)
    self.totalSteps = totalSteps
    self.totalEpochs = totalEpochs
    self.everySeconds = everySeconds
    self.now = now
  }

  /// The first step is always shown, the others not more often than the style allows.
  public mutating func show(_ step: StepReport) {
    guard style != .none else { return }
    let seconds = now()
    let first = first ?? (step.step, seconds)
    self.first = first
    let pause = style == .line ? Self.secondsBetweenRedraws : everySeconds
    if let lastShown, seconds - lastShown < pause, step.step < totalSteps { return }
    lastShown = seconds
    let stepsTimed = step.step - first.step
    let secondsLeft =
      stepsTimed > 0 ? (seconds - first.seconds) / Double(stepsTimed) * Double(totalSteps - step.step) : nil
    let columns = style == .line ? (terminal?.columns ?? 80) - 1 : .max
    let text = ProgressText.text(
      step, of: totalSteps, epochs: totalEpochs, secondsLeft: secondsLeft, columns: columns)
    if style == .line { console.showProgress(text) } else { console.print(text) }
  }

  /// How far an evaluation is; not more often than the style allows, and not at its beginning or end.
  public mutating func show(evaluated images: Int, of all: Int) {
    let seconds = now()
    let last = lastShown ?? seconds
    if lastShown == nil { lastShown = seconds }
    let pause = style == .line ? Self.secondsBetweenRedraws : everySeconds
    guard style != .none, images < all, seconds - last >= pause else { return }
    lastShown = seconds
    let text = ProgressText.text(evaluated: images, of: all)
    if style == .line { console.showProgress(text) } else { console.print(text) }
  }

  public func show(_ epoch: EpochReport) { showLine(ProgressText.text(epoch, of: totalEpochs)) }

  public func show(_ evaluation: EvaluationReport) { showLine(ProgressText.text(evaluation)) }

  public func show(_ checkpoint: CheckpointReport) { showLine(ProgressText.text(checkpoint)) }

  /// Takes the progress line away; the whole lines stay.
  public func end() { console.clearProgress() }

  private func showLine(_ text: String) { if style != .none { console.print(text) } }
}

extension ProgressStyle {
  /// What `auto` stands for.
  func resolved(onTerminal: Bool) -> ProgressStyle {
    self == .auto ? (onTerminal ? .line : .plain) : self
  }
}
