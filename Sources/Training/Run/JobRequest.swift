/// How a run is asked for on the command line.
public struct JobRequest: Sendable {
  public enum Resume: Sendable, Equatable {
    /// From the newest usable checkpoint of this run, or from the beginning if there is none.
    case auto
    /// From the beginning; refused where the run already has checkpoints. What holds where nothing is said.
    case unlessBegun
    /// From the beginning. What an earlier run has left is kept beside, under other names.
    case never
    /// From this checkpoint folder.
    case from(String)
  }

  public var configurationPath: String
  public var overrides: [String]
  public var resume: Resume
  /// Paths of fields that may differ from those of the run that is resumed.
  public var allowedChanges: [String]
  /// Overrides the configuration's `log.progress`.
  public var progress: ProgressStyle?
  /// Faults that are made to happen on the way.
  public var injections: [FaultInjection]

  public init(
    configurationPath: String, overrides: [String] = [], resume: Resume = .unlessBegun, allowedChanges: [String] = [],
    progress: ProgressStyle? = nil, injections: [FaultInjection] = []
  ) {
    self.configurationPath = configurationPath
    self.overrides = overrides
    self.resume = resume
    self.allowedChanges = allowedChanges
    self.progress = progress
    self.injections = injections
  }
}
