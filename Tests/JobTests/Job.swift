import Data
import Foundation
import Glibc
import JSON
import TestSupport

/// A folder with a small data set, in which whole jobs are run. Removed when it goes.
final class JobFolder {
  let url: URL

  /// 50 training images in batches of 8: seven steps an epoch, the last of two images, so that with more than two ranks
  /// some have none.
  static let trainingImages = 50
  static let validationImages = 21

  /// - Parameter images: false where none will be read.
  init(images: Bool = true) throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("job-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    if images { try drawImages(training: Self.trainingImages, validation: Self.validationImages) }
  }

  func drawImages(training: Int, validation: Int) throws {
    let specification = try SampleSpecification(classes: 10, train: training, validation: validation, size: 48, seed: 5)
    _ = try SampleWriter(specification, threads: 2).write(to: path("sample")) { _ in }
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  /// The algorithm is fixed, since runs are compared bit by bit.
  ///
  /// Blocks of a residual network that begin as the identity keep the training of this network well-conditioned: without
  /// that, rounding decides about single ReLUs, and within ten steps the curves of two world sizes part.
  static let configuration = """
    { "name": "job", "output": "runs", "seed": 3,
      "model": { "name": "resnet18", "classes": 10, "zero_init_residual": true },
      "data": { "train": "sample/train", "validation": "sample/val", "image_size": 64 },
      "batch": { "global": 8 }, "epochs": 4,
      "schedule": { "base_rate": 0.001, "shape": "constant" },
      "checkpoint": { "every_steps": 5, "every_epochs": 0, "keep": 2 },
      "evaluation": { "every_epochs": 2, "batch": 4 },
      "collectives": { "algorithm": "two_level", "bucket_megabytes": 4, "timeout_seconds": 60 } }
    """

  func write(_ text: String, to name: String) throws {
    try text.write(toFile: path(name), atomically: false, encoding: .utf8)
  }

  /// Runs `dist-train` under mpirun in this folder.
  func run(
    ranks: Int, _ arguments: [String], environment: [String: String] = [:], timeout: Duration = .seconds(120),
    onStart: (pid_t) -> Void = { _ in }
  ) throws -> ProcessOutcome {
    try MPIRun.run(
      ranks: ranks, executable: "dist-train", arguments: arguments,
      environment: environment.merging(["OMPI_MCA_mpi_yield_when_idle": "1"]) { $1 }, directory: url, timeout: timeout,
      onStart: onStart)
  }

  /// Runs a line of bash in this folder, with `$program` for dist-train.
  func shell(_ line: String, timeout: Duration = .seconds(60)) throws -> ProcessOutcome {
    try runProcess(
      URL(fileURLWithPath: "/bin/bash"), ["-c", line],
      environment: [
        "program": try MPIRun.product("dist-train").path, "OMPI_ALLOW_RUN_AS_ROOT": "1",
        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
      ], directory: url, timeout: timeout)
  }

  /// Trains the configuration above under another name.
  func train(
    _ name: String, ranks: Int, _ more: [String] = [], timeout: Duration = .seconds(120),
    onStart: (pid_t) -> Void = { _ in }
  ) throws -> ProcessOutcome {
    try write(Self.configuration, to: "job.json")
    return try run(
      ranks: ranks, ["job.json", "--set", "name=\(name)", "--set", "threads_per_rank=1"] + more, timeout: timeout,
      onStart: onStart)
  }

  /// The lines of a run's metrics of one kind.
  func metrics(_ name: String, _ kind: String) throws -> [JSONValue] {
    try String(contentsOfFile: path("runs/\(name)/metrics.jsonl"), encoding: .utf8)
      .split(separator: "\n").map { try JSONValue(parsing: String($0)) }.filter { $0["kind"] == .string(kind) }
  }

  func checkpoint(_ name: String, step: Int) -> String {
    "runs/\(name)/checkpoints/step-" + String(format: "%08d", step)
  }

  /// The bytes of everything that decides how a run goes on.
  func tensors(_ name: String, step: Int, averaged: Bool = false) throws -> [Foundation.Data] {
    let checkpoint = path(checkpoint(name, step: step))
    let files = try (["model"] + (averaged ? ["averaged"] : [])).map {
      try Foundation.Data(contentsOf: URL(fileURLWithPath: "\(checkpoint)/\($0).safetensors"))
    }
    return files + [try optimizerState(ofCheckpoint: checkpoint)]
  }

  /// Files and folders below `name`, relative to it.
  func contents(_ name: String) -> [String] {
    (FileManager.default.enumerator(atPath: path(name))?.allObjects as? [String])?.sorted() ?? []
  }
}

extension JSONValue {
  var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }
}
