import Foundation
import Glibc
import JSON
import TestSupport
import Testing

/// Where trials of whole jobs are made: a small data set, the undisturbed run that every other one is compared with, and what
/// must hold after a disturbance.
final class TrialBench {
  let folder: JobFolder
  private let undisturbed: Run
  /// Of the undisturbed run, from mpirun's start to its end.
  let seconds: Double
  private let coordinator: String
  private var started = 0

  static let ranks = 4
  static let steps = 6

  /// What decides how a run went: its last tensors, and its reports without timings.
  struct Run: Equatable {
    let tensors: [Foundation.Data]
    let reports: [String]
  }

  /// 22 images in batches of 8: three steps an epoch, the last of six images. Two epochs, each with an evaluation, and
  /// a checkpoint after every other step.
  ///
  /// - Parameter coordinator: "shared" or "dedicated".
  init(coordinator: String = "shared") throws {
    self.coordinator = coordinator
    folder = try JobFolder(images: false)
    try folder.drawImages(training: 22, validation: 11)
    try folder.write(Self.configuration, to: "trial.json")
    try FileManager.default.createDirectory(atPath: folder.path("tmp"), withIntermediateDirectories: true)
    let outcome = try Self.start(folder, "undisturbed", coordinator, [])
    try #require(outcome.status == 0, "\(outcome)")
    undisturbed = try Self.run(folder, "undisturbed")
    seconds = outcome.seconds
  }

  static let configuration = """
    { "name": "trial", "output": "runs", "seed": 11, "steps": \(steps), "threads_per_rank": 1,
      "model": { "name": "resnet18", "classes": 10, "zero_init_residual": true },
      "data": { "train": "sample/train", "validation": "sample/val", "image_size": 16 },
      "batch": { "global": 8 }, "schedule": { "base_rate": 0.01, "shape": "constant" },
      "checkpoint": { "every_steps": 2, "every_epochs": 0, "keep": 2 },
      "evaluation": { "every_epochs": 1, "batch": 4 },
      "collectives": { "algorithm": "two_level", "bucket_megabytes": 4, "timeout_seconds": 20 } }
    """

  /// One trial. `name` is its run's.
  struct Trial {
    let name: String
    let outcome: ProcessOutcome
    /// Seconds from the disturbance to the end of the job's last process; nil where the job ended before it came.
    let gone: Double?
  }

  /// Starts a job; `disturbance` is called on another thread `seconds` after mpirun's start, or later, once
  /// `isDue` says so of the run's folder and the ranks' processes.
  /// Returns when nothing of the job is left, or 20 s after mpirun's end.
  func disturb(
    after seconds: Double, _ arguments: [String] = [],
    isDue: @escaping @Sendable (_ run: String, _ ranks: [pid_t]) -> Bool,
    by disturbance: @escaping @Sendable (_ mpirun: pid_t, _ ranks: [pid_t]) -> Void = { _, _ in }
  ) throws -> Trial {
    started += 1
    let name = "trial-\(started)"
    let run = folder.path("runs/\(name)")
    let event = Event()
    let outcome = try Self.start(folder, name, coordinator, arguments) { mpirun in
      Thread.detachNewThread {
        Thread.sleep(forTimeInterval: seconds)
        while kill(mpirun, 0) == 0 {
          let ranks = children(of: mpirun)
          if isDue(run, ranks) {
            event.come()
            return disturbance(mpirun, ranks)
          }
          usleep(2_000)
        }
      }
    }
    let deadline = ContinuousClock.now + .seconds(20)
    while !processes().isEmpty && .now < deadline { usleep(10_000) }
    return Trial(name: name, outcome: outcome, gone: event.time.map { (ContinuousClock.now - $0) / .seconds(1) })
  }

  /// Makes trials until so many came to their disturbance or `make` has no more, and adds them to the report. `make` says
  /// what it did and what was wrong.
  func trials(
    upTo most: Int, fault: String, observable: String,
    make: () throws -> (trial: Trial, what: String, faults: [String])?
  ) throws {
    var (made, passed, slowest) = (0, 0, 0.0)
    while made < most, let (trial, what, faults) = try make() {
      remove(trial)
      guard trial.gone != nil || !faults.isEmpty else { continue }
      made += 1
      slowest = max(slowest, trial.gone ?? 0)
      if faults.isEmpty { passed += 1 }
      for fault in faults { Issue.record("\(trial.name), \(what): \(fault)\n\(trial.outcome)") }
    }
    let note = "gone after \((slowest * 10).rounded() / 10) s at most"
    try Trials.record(fault: fault, observable: observable, trials: made, passed: passed, note: note)
  }

  /// What is wrong with a run that was disturbed, once it has been resumed; empty if nothing is.
  func faultsAfterResuming(_ trial: Trial) throws -> [String] {
    let resumed = try Self.start(folder, trial.name, coordinator, ["--resume", "auto"])
    guard resumed.status == 0 else { return ["the resumed run: \(resumed)"] }
    let run = try Self.run(folder, trial.name)
    var faults: [String] = []
    if run.tensors != undisturbed.tensors { faults.append("other tensors than those of the undisturbed run") }
    if run.reports != undisturbed.reports {
      faults.append(
        "other reports: \(run.reports.joined(separator: "\n")) not \(undisturbed.reports.joined(separator: "\n"))")
    }
    let partial = folder.contents("runs/\(trial.name)").filter { $0.contains("partial") || $0.hasSuffix(".tmp") }
    return faults + (partial + leftovers()).map { "left behind: \($0)" }
  }

  /// Forgets a trial.
  private func remove(_ trial: Trial) {
    try? FileManager.default.removeItem(atPath: folder.path("runs/\(trial.name)"))
    removeTemporaryFiles()
  }

  func removeTemporaryFiles() {
    for name in folder.contents("tmp") { try? FileManager.default.removeItem(atPath: folder.path("tmp/\(name)")) }
  }

  /// Processes, shared memory and temporary files.
  func leftovers() -> [String] {
    processes().map { "process \($0)" } + folder.contents("tmp")
  }

  /// The step of the newest checkpoint, and that of the last report of one.
  func lastSteps(_ trial: Trial) throws -> (saved: Int?, reported: Int?) {
    let saved = folder.contents("runs/\(trial.name)/checkpoints").compactMap { name in
      name.wholeMatch(of: /step-(\d+)/).flatMap { Int($0.1) }
    }
    let reported = (try? folder.metrics(trial.name, "step"))?.compactMap { $0["step"]?.number }.max()
    return (saved.max(), reported.map { Int($0) })
  }

  func hasResult(_ trial: Trial) -> Bool {
    FileManager.default.fileExists(atPath: folder.path("runs/\(trial.name)/result.json"))
  }

  /// Whether no checkpoint of a run is broken, if it has any.
  func checkpointsAreGood(_ trial: Trial) throws -> Bool {
    guard try lastSteps(trial).saved != nil else { return true }
    let verified = try MPIRun.runAlone(
      executable: "dist-train", arguments: ["checkpoint", "verify", "runs/\(trial.name)"], directory: folder.url)
    return verified.status == 0
  }

  /// What runs with this bench's mark in its environment.
  func processes() -> [pid_t] {
    let mark = Array("\(Self.mark)=\(folder.url.path)".utf8)
    let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap { pid_t($0) } ?? []
    return numbers.filter { number in
      guard let environment = FileManager.default.contents(atPath: "/proc/\(number)/environ") else { return false }
      return environment.split(separator: 0).contains { $0.elementsEqual(mark) }
    }
  }

  private static let mark = "DIST_TRAIN_TRIAL_OF"

  /// Open MPI's files, those in memory included, are in the bench's own folder.
  private static func start(
    _ folder: JobFolder, _ name: String, _ coordinator: String, _ arguments: [String],
    onStart: (pid_t) -> Void = { _ in }
  ) throws -> ProcessOutcome {
    let temporary = folder.path("tmp")
    return try folder.run(
      ranks: ranks, ["trial.json", "--set", "name=\(name)", "--set", "coordinator=\(coordinator)"] + arguments,
      environment: [mark: folder.url.path, "TMPDIR": temporary, "OMPI_MCA_btl_vader_backing_directory": temporary],
      onStart: onStart)
  }

  private static func run(_ folder: JobFolder, _ name: String) throws -> Run {
    let lines = try String(contentsOfFile: folder.path("runs/\(name)/metrics.jsonl"), encoding: .utf8)
      .split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    // A dedicated coordinator reports an evaluation when it is over, beside the steps that come after it.
    let reports = ["step", "epoch", "evaluation"].flatMap { kind in
      lines.filter { $0["kind"] == .string(kind) }.map { "\($0.withoutTimings)" }
    }
    return Run(tensors: try folder.tensors(name, step: steps), reports: reports)
  }
}

extension JSONValue {
  fileprivate var withoutTimings: JSONValue {
    guard case .object(let members) = self else { return self }
    return .object(members.filter { !$0.key.contains("second") && $0.key != "data_wait_fraction" })
  }
}

/// A moment that comes once, on another thread.
private final class Event: @unchecked Sendable {
  private let lock = NSLock()
  private var moment: ContinuousClock.Instant?

  var time: ContinuousClock.Instant? { lock.withLock { moment } }

  func come() { lock.withLock { moment = .now } }
}
