import JSON

/// Everything a person decides about a run. Immutable, and the same on every rank.
///
/// It can only be made by reading a document; what each field means, its range and its default stand where it is read,
/// and `docs/configuration.md` is written from there.
public struct RunConfiguration: Sendable, Equatable {
  public let name: String
  public let output: String
  public let seed: UInt64
  public let precision: Precision
  public let memory: Memory
  /// 0: the cores of the host, divided by its ranks.
  public let threadsPerRank: Int
  public let coordinator: CoordinatorPlacement
  public let model: Model
  public let data: Data
  public let augmentation: Augmentation
  public let batch: Batch
  public let length: Length
  public let optimizer: Optimizer
  public let averaging: Averaging
  public let loss: Loss
  public let schedule: Schedule
  public let syncBatchNorm: SyncBatchNorm
  public let collectives: Collectives
  public let checkpoint: Checkpoint
  public let evaluation: Evaluation
  public let limits: Limits
  public let log: Log
  public let numbers: Numbers
  public let audit: Audit
  /// All of the above as JSON, defaults filled in, in the order of the documentation.
  public let canonical: JSONValue

  public enum CoordinatorPlacement: String, CaseIterable, Sendable { case shared, dedicated }

  /// How long to train.
  public enum Length: Sendable, Equatable {
    case epochs(Int)
    case steps(Int)
  }

  static let meaning = "The run as a whole."

  init(_ fields: ConfigurationReader) {
    name = fields.read(
      "name", .folderName, default: "run", affects: .nothing,
      "The run's name; its files are written to `<output>/<name>/`.")
    output = fields.read("output", .path, default: "runs", affects: .nothing, "Folder of all runs.")
    seed = UInt64(
      fields.read(
        "seed", .wholeNumber(.atLeast(0)), default: 1,
        "Initial weights, the order of samples and every augmentation follow from it."))
    threadsPerRank = fields.read(
      "threads_per_rank", .wholeNumber(of: "threads", .from(0, to: 1024)), default: 0, affects: .nothing,
      "Threads that compute in each rank. 0: the host's cores divided by the ranks on it. Where the ranks of a host have "
        + "more than it has cores, threads sleep while they wait.")
    coordinator = fields.read(
      "coordinator", .choice(), default: .shared, affects: .nothing,
      "Where the coordinator runs. `shared`: on rank 0, which trains like the others. `dedicated`: on rank 0 alone, which "
        + "evaluates and writes checkpoints while the other ranks train on.")
    length = Self.length(fields)
    precision = fields.read("precision", Precision.meaning, shorthand: "type", Precision.init)
    memory = fields.read("memory", Memory.meaning, Memory.init)
    model = fields.read("model", Model.meaning, Model.init)
    data = fields.read("data", Data.meaning, Data.init)
    augmentation = fields.read("augmentation", Augmentation.meaning, Augmentation.init)
    batch = fields.read("batch", Batch.meaning, Batch.init)
    optimizer = fields.read("optimizer", Optimizer.meaning, Optimizer.init)
    averaging = fields.read("averaging", Averaging.meaning, Averaging.init)
    loss = fields.read("loss", Loss.meaning, Loss.init)
    schedule = fields.read("schedule", Schedule.meaning, Schedule.init)
    syncBatchNorm = fields.read("sync_batch_norm", SyncBatchNorm.meaning, SyncBatchNorm.init)
    collectives = fields.read("collectives", Collectives.meaning, Collectives.init)
    checkpoint = fields.read("checkpoint", Checkpoint.meaning, Checkpoint.init)
    evaluation = fields.read("evaluation", Evaluation.meaning, Evaluation.init)
    numbers = fields.read("numbers", Numbers.meaning, Numbers.init)
    audit = fields.read("audit", Audit.meaning, Audit.init)
    limits = fields.read("limits", Limits.meaning, Limits.init)
    log = fields.read("log", Log.meaning, Log.init)
    canonical = .object(fields.canonical)
    checkSharding(fields)
    fields.check(
      coordinator != .dedicated || numbers.nonFinite != .rewind, "numbers.non_finite", with: "coordinator",
      message: "rewind needs a shared coordinator; got coordinator dedicated")
  }

  /// An update can be sharded where each sum is first at one rank alone.
  private func checkSharding(_ fields: ConfigurationReader) {
    let message = "needs ring or two_level for gradients, between which auto then chooses; got"
    let algorithm = collectives.algorithm
    fields.check(
      !optimizer.sharded || algorithm.fixed?.hasHalves ?? true, "optimizer.sharded", with: "collectives.algorithm",
      message: "\(message) collectives.algorithm \(algorithm.rawValue)")
    let others = collectives.table.algorithms.filter { !$0.hasHalves }.map(\.rawValue).joined(separator: ", ")
    fields.check(
      !optimizer.sharded || algorithm != .auto || others.isEmpty, "optimizer.sharded",
      with: "collectives.table.algorithms", message: "\(message) \(others) in collectives.table.algorithms")
  }

  private static func length(_ fields: ConfigurationReader) -> Length {
    let epochs = fields.readIfGiven(
      "epochs", .wholeNumber(of: "epochs", .atLeast(1)),
      "How long to train, in passes over the training images. Exactly one of `epochs` and `steps` must be given.")
    let steps = fields.readIfGiven(
      "steps", .wholeNumber(of: "steps", .atLeast(1)), "How long to train, in optimizer updates.")
    fields.check(
      epochs != nil || steps != nil, "epochs", with: "steps", message: "missing; give either epochs or steps")
    fields.check(
      epochs == nil || steps == nil, "epochs", with: "steps",
      message: "given together with steps; give one of them (--set epochs=null takes epochs out)")
    return steps.map { .steps($0) } ?? .epochs(epochs ?? 1)
  }
}
