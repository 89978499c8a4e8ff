import Foundation
import Logging
import Tensors

/// Injects a rank's faults. It is told what the rank is about to do, and each fault happens once.
///
/// Belongs to the rank's thread, but for `files`, which any thread may use.
package final class FaultInjector {
  private struct Pending {
    let injection: FaultInjection
    /// Where the fault strikes memory.
    let place: FaultPlace.Resolved?
  }

  /// Fails the file operations that are to fail, of the checkpoints that this rank writes.
  package let files: FaultyFiles
  private let marks: FaultMarks
  private let logger: Logger
  private var pending: [Pending]
  private var step = 0
  /// How often each phase of the step has been reached.
  private var times: [FaultPhase: Int] = [:]

  /// Those of a request; nil where it has none. Throws `RunError` when a fault does not fit the run.
  convenience init?(_ request: JobRequest, _ plan: RunPlan, rank: Int, _ logger: Logger) throws {
    if request.injections.isEmpty { return nil }
    try self.init(request.injections, plan: plan, rank: rank, resume: request.resume, logger: logger)
    guard rank == 0 else { return }
    let faults = request.injections.map(\.description).joined(separator: "; ")
    logger.warning("FAULTS ARE INJECTED INTO THIS RUN, which is a test and nothing else: \(faults)")
  }

  /// Throws `RunError` when a fault does not fit the run.
  package init(_ injections: [FaultInjection], plan: RunPlan, rank: Int, resume: JobRequest.Resume, logger: Logger)
    throws
  {
    let marks = FaultMarks(OutputFolder(of: plan.configuration), resume: resume)
    (self.marks, self.logger) = (marks, logger)
    let layout = plan.parameters.parameters
    var pending: [Pending] = []
    for (index, injection) in injections.enumerated() {
      try Self.check(injection, plan)
      var random = KeyedRandom(seed: plan.configuration.seed, purpose: .faults, index: index << 32 | injection.step)
      let strikesMemory = injection.kind.target != .process && injection.kind.target != .files
      let place = try strikesMemory ? injection.place.resolved(in: layout, &random) : nil
      if injection.rank == rank, !marks.has(injection) {
        pending.append(Pending(injection: injection, place: place))
      }
    }
    self.pending = pending.filter { !$0.injection.isOfFiles }
    files = FaultyFiles(pending.map(\.injection).filter(\.isOfFiles)) { injection in
      Self.tell(injection, logger)
      try marks.leave(injection)
    }
  }

  private static func check(_ injection: FaultInjection, _ plan: RunPlan) throws {
    let ranks = JobRoles(of: plan).ranks
    guard injection.rank < ranks else {
      throw RunError(
        .usage,
        "--inject \(injection): expected a rank below the world size of \(ranks), got \(injection.rank)")
    }
    guard injection.step <= plan.totalSteps else {
      throw RunError(
        .usage, "--inject \(injection): expected a step of the run's \(plan.totalSteps), got \(injection.step)")
    }
  }

  private static func tell(_ injection: FaultInjection, _ logger: Logger, _ place: String = "") {
    logger.warning("injected fault: \(injection)\(place)")
  }

  /// At the end of a run: what has not happened never will.
  func tellOfRemaining() {
    for injection in pending.map(\.injection) + files.remaining {
      logger.warning("the fault \(injection) has not happened: its phase, or its memory, was not met in that step")
    }
  }

  /// The step, from 1, that the following phases belong to. The same step may be begun several times.
  package func begin(step: Int) {
    if step == self.step { return }
    self.step = step
    times.removeAll(keepingCapacity: true)
  }

  /// The rank is about to do this. May not return.
  package func reach(_ phase: FaultPhase) throws {
    times[phase, default: 0] += 1
    for fault in take(where: {
      $0.kind.target == .process && $0.phase == phase && ($0.number ?? 1) == self.times[phase]
    }) {
      Self.tell(fault.injection, logger)
      try marks.leave(fault.injection)
      fault.injection.strikeProcess()
    }
  }

  /// The rank holds `memory` now, which is `elements` of an arena of the parameters' layout.
  package func spoil(
    _ target: FaultKind.Target, _ memory: UnsafeMutableBufferPointer<Float>, elements: Range<Int>
  ) throws {
    for fault in take(where: { $0.kind.target == target }, in: elements) {
      guard let place = fault.place else { continue }
      let index = memory.startIndex + place.element - elements.lowerBound
      let (before, after) = (memory[index], fault.injection.kind.spoiled(memory[index], bit: place.bit))
      Self.tell(
        fault.injection, logger,
        " at element \(place.elementOfParameter) of \(place.parameter), bit \(place.bit): \(before) became \(after)")
      try marks.leave(fault.injection)
      memory[index] = after
    }
  }

  private func take(
    where isMeant: (FaultInjection) -> Bool, in elements: Range<Int>? = nil
  ) -> [Pending] {
    func happens(_ fault: Pending) -> Bool {
      guard fault.injection.step == step, isMeant(fault.injection) else { return false }
      guard let place = fault.place, let elements else { return true }
      return elements.contains(place.element)
    }
    let taken = pending.filter(happens)
    if !taken.isEmpty { pending.removeAll(where: happens) }
    return taken
  }
}

extension FaultInjection {
  /// Whether it waits for a file operation of the checkpoint of its step.
  var isOfFiles: Bool { kind.target == .files || phase == .save && number != nil }

  /// Ends, stops or delays this process; returns only in the end.
  func strikeProcess() {
    switch kind {
    case .kill:
      kill(getpid(), SIGKILL)
      while true { pause() }
    case .stop: kill(getpid(), SIGSTOP)
    default: Thread.sleep(forTimeInterval: seconds ?? 0)
    }
  }
}

extension FaultKind {
  fileprivate func spoiled(_ value: Float, bit: Int) -> Float {
    switch self {
    case .nan: .nan
    case .infinity: .infinity
    default: Float(bitPattern: value.bitPattern ^ 1 << UInt32(bit))
    }
  }
}
