import Data
import Fabrics
import Foundation
import JSON
import Testing
import Training

/// Whole runs in a test's folder.
extension TemporaryFolder {
  /// Draws ten images of two classes to train on, and `validation` more, below `sample`, and writes the configuration of
  /// runs below `runs`: batches of four, so three steps an epoch. Returns its path. Parts are JSON objects.
  func prepareRuns(
    steps: Int, validation: Int, checkpoint: String = #"{ "every_epochs": 0 }"#,
    evaluation: String = #"{ "every_epochs": 0, "batch": 3 }"#, collectives: String = "{}"
  ) throws -> String {
    let specification = try SampleSpecification(classes: 2, train: 10, validation: validation, size: 32, seed: 2)
    _ = try SampleWriter(specification, threads: 2).write(to: "\(path)/sample") { _ in }
    let configuration = "\(path)/run.json"
    try """
    { "output": "\(path)/runs", "steps": \(steps), "threads_per_rank": 1,
      "model": { "name": "resnet18", "classes": 2 },
      "data": { "train": "\(path)/sample/train", "validation": "\(path)/sample/val", "image_size": 16 },
      "batch": { "global": 4 }, "schedule": { "shape": "constant", "base_rate": 0.01 },
      "checkpoint": \(checkpoint), "evaluation": \(evaluation), "collectives": \(collectives),
      "log": { "progress": "none" } }
    """.write(toFile: configuration, atomically: true, encoding: .utf8)
    return configuration
  }

  /// A run's reports of one kind.
  func metrics(_ name: String, _ kind: String) throws -> [JSONValue] {
    try text("runs/\(name)/metrics.jsonl").split(separator: "\n").map { try JSONValue(parsing: String($0)) }
      .filter { $0["kind"] == .string(kind) }
  }
}

/// Runs a job with ranks as threads. A failure that they agreed on is thrown: a rank that has thrown it may end another one
/// that is still waiting.
func runJob(
  ranks: Int, _ body: @escaping @Sendable (any Fabric) throws -> Training.ExitStatus
) throws -> Training.ExitStatus {
  let results = try runRanksAsThreads(worldSize: ranks, body: body)
  for case .failure(let failure as JobFailure) in results { throw failure }
  let statuses = try results.map { try $0.get() }
  #expect(Set(statuses).count == 1, "all ranks leave with one status")
  return statuses[0]
}
