import CAllocations
import Collectives
import Fabrics
import Foundation
import Training

/// Counts what steps of training allocate, as one rank of `mpirun`: exit status 0, or 1 and where it happened. The arguments
/// are the precision, `f32` or `bf16`, and overrides of the configuration.
///
/// A step is `TrainingStep.run`: forward, loss, backward with the exchange of gradients, update; not the loading of images
/// before it, nor the report after it. Counted is what our own code asks of malloc and its like, directly or through Swift's
/// runtime and libraries, on any thread, in the second and later steps with a batch of the same size. What oneDNN, OpenMP
/// and MPI allocate inside of their calls is theirs, and printed beside it.
///
/// The in-process fabric is left out: it copies every message, so that ranks never touch each other's memory.
@main struct Main {
  private static let countedEpochs = 5

  static func main() {
    do {
      let fabric = try MPIFabric()
      let precision = RunConfiguration.Precision.Name(rawValue: CommandLine.arguments[1])!
      try run(precision, overrides: Array(CommandLine.arguments.dropFirst(2)), fabric)
      try fabric.finalize()
    } catch {
      FileHandle.standardError.write(Data("\(error)\n".utf8))
      exit(1)
    }
    exit(allocations_ours() == 0 ? 0 : 1)
  }

  /// Trains for some epochs, each of a full and a small batch, and counts in all but the first.
  private static func run(
    _ precision: RunConfiguration.Precision.Name, overrides: [String], _ fabric: any Fabric
  ) throws {
    let plan = try plan(precision, overrides, worldSize: fabric.worldSize)
    let communicator = try Communicator(fabric: fabric, timeout: .seconds(60))
    let training = try TrainingStep(plan, communicator: communicator, threads: 2)
    let batches = (0..<plan.shards.stepsPerEpoch).map { SyntheticBatch(plan, rank: fabric.rank, step: $0) }
    for epoch in 0...countedEpochs {
      if epoch == 1 { allocations_count(true) }
      for batch in batches { _ = try training.run(batch.batch, rate: 1e-3) }
    }
    allocations_count(false)
    let steps = countedEpochs * batches.count
    printAllocations(of: "rank \(fabric.rank) of \(fabric.worldSize), \(steps) steps in \(precision)")
  }

  /// Several tiles and buckets; in an epoch's second step there is one sample, which leaves a second rank without any.
  private static func plan(
    _ precision: RunConfiguration.Precision.Name, _ overrides: [String], worldSize: Int
  ) throws -> RunPlan {
    let text = """
      { "model": { "name": "resnet18", "classes": 4 }, "data": { "train": "none", "validation": "none", "image_size": 64 },
        "epochs": 1, "batch": { "global": 12 }, "precision": { "type": "\(precision)" },
        "collectives": { "bucket_megabytes": 0.004 } }
      """
    return try RunPlan(
      RunConfiguration(text: text, source: "the configuration", overrides: overrides), graph: .everyOperation(size: 64),
      images: ImageCounts(training: 13, validation: 1), worldSize: worldSize)
  }
}
