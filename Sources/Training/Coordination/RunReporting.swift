/// Where a run's reports go: to the coordinator, on this rank or on its own.
protocol RunReporting: AnyObject {
  func record(_ report: StepReport) throws
  func record(_ report: EpochReport) throws
  /// Images that could not be read. Where they are too many, the run ends now or soon.
  func record(_ reports: [BadSampleReport]) throws
  /// A step whose numbers are not finite, and what is done about it.
  func record(_ bad: NonFiniteStep, _ decision: NumbersDecision) throws
  /// That such a step was done without its update.
  func record(_ bad: NonFiniteStep, skippedIn epoch: Int, samples: Int) throws
}

extension Coordinator: RunReporting {}
