/// `state.json`: where a run is, besides its tensors.
///
/// Everything that decides how the run goes on is here or follows from the configuration and these numbers: random
/// numbers are functions of (seed, purpose, epoch, sample), so there is no generator state to save.
public struct StateRecord: Hashable, Sendable, StrictRecord {
  /// The best evaluation so far.
  public struct Best: Hashable, Sendable, Codable {
    /// Larger is better; finite.
    public let score: Double
    /// The checkpoint that was evaluated.
    public let step: Int

    public init(score: Double, step: Int) {
      self.score = score
      self.step = step
    }
  }

  /// Of the learning rate, for people: how a run goes on follows from its configuration.
  public struct Schedule: Hashable, Sendable, Codable {
    /// As in the configuration.
    public let shape: String
    /// Of the next step; finite.
    public let rate: Double

    public init(shape: String, rate: Double) {
      self.shape = shape
      self.rate = rate
    }
  }

  static let currentFormat = 2
  static let maximumBytes = 16 << 20

  public let formatVersion: Int
  /// The network's name, and how many numbers it learns: for messages, and to refuse another network early.
  public var network: String
  public var parameterCount: Int
  /// Optimizer updates done.
  public var step: Int
  /// The epoch that the next step belongs to, from 0, and the steps of it that are done.
  public var epoch: Int
  public var stepInEpoch: Int
  /// Training samples used since step 0.
  public var samplesSeen: Int
  /// At most `Int.max`, the largest whole number that the files' JSON holds.
  public var seed: UInt64
  public var worldSize: Int
  /// nil where no step is left to do.
  public var schedule: Schedule?
  /// nil before the first evaluation.
  public var best: Best?
  /// What else the run wants back, by name. Floor 3 does not look inside.
  public var details: [String: String]

  public init(
    network: String, parameterCount: Int, step: Int, epoch: Int, stepInEpoch: Int, samplesSeen: Int, seed: UInt64,
    worldSize: Int, schedule: Schedule? = nil, best: Best? = nil, details: [String: String] = [:]
  ) {
    precondition(seed <= UInt64(Int.max), "seed \(seed) is too large to be written")
    formatVersion = Self.currentFormat
    self.network = network
    self.parameterCount = parameterCount
    self.step = step
    self.epoch = epoch
    self.stepInEpoch = stepInEpoch
    self.samplesSeen = samplesSeen
    self.seed = seed
    self.worldSize = worldSize
    self.schedule = schedule
    self.best = best
    self.details = details
  }

  var problem: String? {
    let counts = [
      ("parameter_count", parameterCount), ("step", step), ("epoch", epoch), ("step_in_epoch", stepInEpoch),
      ("samples_seen", samplesSeen),
    ]
    if let (key, value) = counts.first(where: { $0.1 < 0 }) { return "'\(key)': expected at least 0, got \(value)" }
    if worldSize < 1 { return "'world_size': expected at least 1, got \(worldSize)" }
    if let best, !(0...step ~= best.step) { return "'best.step': expected 0 to \(step), got \(best.step)" }
    if let best, !best.score.isFinite { return "'best.score': expected a finite number, got \(best.score)" }
    if let schedule, !schedule.rate.isFinite {
      return "'schedule.rate': expected a finite number, got \(schedule.rate)"
    }
    return nil
  }

  private enum CodingKeys: String, CodingKey {
    case formatVersion = "format_version"
    case network, step, epoch, seed, schedule, best, details
    case parameterCount = "parameter_count"
    case stepInEpoch = "step_in_epoch"
    case samplesSeen = "samples_seen"
    case worldSize = "world_size"
  }
}
