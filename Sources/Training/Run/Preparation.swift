import Collectives
import Data
import Fabrics
import Logging
import Platform
import Tensors

/// What a rank has after the ranks agreed that the job can run: from here on nothing but faults can stop it.
struct Preparation {
  let roles: JobRoles
  let plan: RunPlan
  let data: RunData
  /// All ranks of the job: for what comes before the first step.
  let everyone: Communicator
  /// The ranks that train; on a coordinator that does not, itself alone.
  let communicator: Communicator
  let logger: Logger
  let console: Console
  let threads: Int
}

/// How long ranks wait for each other before the configuration, which says it, has been read.
private let preflightTimeout = Duration.seconds(60)

extension Preparation {
  /// Reads the configuration and the data's folders, makes the plan, and compares all of it over the ranks. Every rank
  /// calls it; every rank throws the same `JobFailure` when it cannot be done on one.
  ///
  /// - Parameters:
  ///   - checkpoint: whose network is to be evaluated, without the images that it was trained on.
  ///   - placement: of the coordinator, in place of the configuration's.
  init(
    _ request: JobRequest, fabric: any Fabric, evaluating checkpoint: String? = nil,
    placement: RunConfiguration.CoordinatorPlacement? = nil
  ) throws {
    console = .standardError(rank: fabric.rank)
    logger = Logger(rank: fabric.rank, console: console)
    let configuration = try Preparation.agreedConfiguration(request, fabric: fabric)
    let timeout = Duration.seconds(configuration.collectives.timeoutSeconds)
    let everyone = try Communicator.ofJob(fabric: fabric, timeout: timeout)
    try ProcessorCheck(configuration, communicator: everyone, logger: logger).run()
    let consensus = Consensus(communicator: everyone)
    let trainedOn: TrainedOn? =
      if let checkpoint { try TrainedOn(ofCheckpoint: checkpoint, communicator: everyone) } else { nil }
    func openData() throws -> RunData {
      try trainedOn.map { try RunData(evaluating: configuration, $0) } ?? RunData(configuration)
    }
    // One rank of each host finds out what takes long and keeps it; the others find it kept.
    let leads = fabric.rank == fabric.ranksOnThisHost.first
    let found = leads ? Result { try openData() } : nil
    _ = try everyone.sum([0])
    let (data, roles, plan) = try consensus.attempt {
      let data = try found?.get() ?? openData()
      let roles = try JobRoles(configuration, ranks: fabric.worldSize, placement: placement)
      return (data, roles, try RunPlan(configuration, images: data.images, worldSize: roles.trainers.count))
    }
    try consensus.agree(
      on: data.digest, about: "the images",
      advice: "Every host must have the same files in \(configuration.data.train) and \(configuration.data.validation)."
    )
    try consensus.agree(
      on: plan.digest, about: "the plan of the run", advice: "Every host must run the same version of dist-train.")
    (self.data, self.roles, self.plan, self.everyone) = (data, roles, plan, everyone)
    communicator = try roles.isDedicated ? everyone.ofGroup(roles, timeout: timeout) : everyone
    if leads { for note in data.notes { logger.warning("\(note)") } }
    threads = configuration.threads(ranksOnHost: fabric.ranksOnThisHost.count)
    // OpenMP ends the process where it gets none. All ranks hold theirs at once, since limits may be for all of them.
    try consensus.attempt { [threads] in try ThreadRehearsal(threads - 1, for: "computing") }.end()
    if let warning = Binding(configuration, ranksOnHost: fabric.ranksOnThisHost.count).warning, leads {
      logger.warning("\(warning)")
    }
    if leads, fabric.rank == 0 { for warning in plan.warnings { logger.warning("\(warning)") } }
    let waiting = ThreadWaiting(
      threadsPerRank: threads, ranksOnHost: fabric.ranksOnThisHost.count, cores: hostCores())
    if waiting.mustSleep, ThreadWaiting.isPassive, fabric.rank == fabric.ranksOnThisHost.first {
      logger.warning(
        """
        \(waiting.ranksOnHost) ranks of \(threads) threads share the \(waiting.cores) cores of this host: threads sleep \
        while they wait (OMP_WAIT_POLICY=passive)
        """)
    }
  }

  /// Reads the configuration and compares it over the ranks.
  static func agreedConfiguration(_ request: JobRequest, fabric: any Fabric) throws -> RunConfiguration {
    let preflight = try Communicator.ofJob(fabric: fabric, timeout: preflightTimeout, sharesMemory: false)
    let path = request.configurationPath
    let consensus = Consensus(communicator: preflight)
    // A pipe can be read once, and mpirun hands its standard input to rank 0 alone.
    guard path.hasPrefix("/dev/") || path.hasPrefix("/proc/") else {
      let configuration = try consensus.attempt { try RunConfiguration(file: path, overrides: request.overrides) }
      try compare(configuration, over: preflight)
      return configuration
    }
    let own = try consensus.attempt { preflight.rank == 0 ? try RunConfiguration.text(ofFile: path) : "" }
    let (source, text) = (try preflight.allGather(Array(path.utf8))[0], try preflight.allGather(Array(own.utf8))[0])
    let configuration = try consensus.attempt {
      try RunConfiguration(
        text: String(decoding: text, as: UTF8.self), source: String(decoding: source, as: UTF8.self),
        overrides: request.overrides)
    }
    try compare(configuration, over: preflight)
    return configuration
  }

  /// Throws on every rank when the configurations differ, and names the fields.
  private static func compare(_ configuration: RunConfiguration, over communicator: Communicator) throws {
    let documents = try communicator.allGather(Array(configuration.lock.utf8))
    for (rank, document) in documents.enumerated() where document != documents[0] {
      let other = try RunConfiguration(text: String(decoding: document, as: UTF8.self), source: "rank \(rank)")
      let first = try RunConfiguration(text: String(decoding: documents[0], as: UTF8.self), source: "rank 0")
      let fields = first.differences(from: other).map {
        "\($0.path): \($0.mine ?? "not given") on rank 0, \($0.theirs ?? "not given") on rank \(rank)"
      }
      let message =
        "the ranks were started with different configurations: \(fields.joined(separator: "; ")). Start every rank "
        + "with the same file and the same --set."
      throw JobFailure(everywhere: .ranksLost, message, worldSize: communicator.worldSize)
    }
  }
}

extension RunConfiguration {
  /// Threads that a rank computes with: by default its share of the host's cores, but no more than it is bound to.
  package func threads(ranksOnHost: Int) -> Int {
    threadsPerRank > 0 ? threadsPerRank : max(1, min(hostCores() / ranksOnHost, boundCores()))
  }
}
