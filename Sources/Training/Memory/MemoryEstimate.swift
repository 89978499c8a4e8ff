import Collectives
import Network
import Tensors

/// The most memory that the process of a rank takes, part by part, as far as it can be told before it runs.
package struct MemoryEstimate: Encodable, Sendable, Equatable {
  package struct Part: Encodable, Sendable, Equatable {
    package let label: String
    package let bytes: Int
  }

  /// Where a step's images come from.
  package enum Images: Sendable {
    /// Loaders that read ahead: a training run has two, for it evaluates while its training loader keeps its place.
    case loaded
    /// One batch in memory, as in `dist-train bench`.
    case synthetic
  }

  package let parts: [Part]

  package var peakBytes: Int { parts.reduce(0) { $0 + $1.bytes } }

  /// What is asked for once the passes have been prepared: all but the last three parts.
  var unallocatedBytes: Int { parts.dropLast(3).reduce(0) { $0 + $1.bytes } }

  /// The program, its libraries and what they keep for themselves, once it computes. Measured, like the next two, on
  /// Debian 12 with Open MPI 4.1 and oneDNN 3.2: between 62 and 84 MB, as the machine's kernel maps libraries.
  package static let processBytes = 70_000_000
  /// A primitive of oneDNN with the code that is made for it, and what a plan keeps to call it.
  package static let primitiveBytes = 40_000
  /// Each other rank: what MPI keeps for it, and the pages shared with it.
  package static let peerBytes = 1_000_000
  /// A thread that decodes: its stack, an image of a few megapixels, and what resampling needs.
  package static let workerBytes = 6_000_000

  /// - Parameter footprint: of the replica of this rank.
  package init(_ plan: RunPlan, rank: Int, footprint: Footprint, images: Images) {
    let parameters = plan.parameters.parameters.bytes
    parts = [
      Part(label: "parameters", bytes: parameters),
      Part(label: "gradients", bytes: parameters),
      Part(label: "optimizer state", bytes: MemoryEstimate.optimizerBytes(plan)),
      Part(label: "running statistics", bytes: plan.parameters.statistics.bytes),
      Part(label: "averages of weights and statistics", bytes: WeightAverage.bytes(plan)),
      Part(label: "snapshot for checkpoints", bytes: rank == 0 && images == .loaded ? Snapshot.bytes(plan) : 0),
      Part(label: "activations and their gradients", bytes: footprint.activationBytes),
      Part(label: "weights in oneDNN's layouts, scratch memory", bytes: footprint.scratchBytes),
      Part(label: "images in memory", bytes: MemoryEstimate.imageBytes(plan, rank, images)),
      Part(label: "all-reduces under way", bytes: MemoryEstimate.allReduceBytes(plan)),
      Part(label: "other ranks", bytes: (plan.worldSize - 1) * MemoryEstimate.peerBytes),
      Part(label: "prepared primitives", bytes: footprint.primitives * MemoryEstimate.primitiveBytes),
      Part(label: "the process and its libraries", bytes: MemoryEstimate.processBytes),
    ]
  }

  /// Of a coordinator that does not train: a replica to evaluate with, and the snapshots.
  init(coordinating plan: RunPlan, footprint: Footprint) {
    let imageBytes = 4 * plan.graph.shape(of: plan.graph.input).elements
    let data = plan.configuration.data
    parts = [
      Part(label: "parameters", bytes: plan.parameters.parameters.bytes),
      Part(label: "gradients", bytes: plan.parameters.parameters.bytes),
      Part(label: "running statistics", bytes: plan.parameters.statistics.bytes),
      Part(label: "snapshot for checkpoints", bytes: Snapshot.bytes(plan)),
      Part(label: "activations and their gradients", bytes: footprint.activationBytes),
      Part(label: "weights in oneDNN's layouts, scratch memory", bytes: footprint.scratchBytes),
      Part(
        label: "images in memory",
        bytes: (data.prefetch + 1) * plan.evaluationRows * imageBytes + data.workers * MemoryEstimate.workerBytes),
      Part(label: "other ranks", bytes: plan.worldSize * MemoryEstimate.peerBytes),
      Part(label: "prepared primitives", bytes: footprint.primitives * MemoryEstimate.primitiveBytes),
      Part(label: "the process and its libraries", bytes: MemoryEstimate.processBytes),
    ]
  }

  /// With a sharded update a share of every bucket, cut between cache lines: where hosts have equally many ranks. Elsewhere
  /// those that own a part own more.
  private static func optimizerBytes(_ plan: RunPlan) -> Int {
    guard plan.configuration.optimizer.sharded else { return plan.parameters.parameters.bytes }
    return plan.buckets.buckets.reduce(0) { sum, bucket in
      sum + roundUp((bucket.bytes + plan.worldSize - 1) / plan.worldSize, to: AlignedBuffer.alignment)
    }
  }

  /// Between hosts, pieces of all buckets at once; on one host, the part of the neighbours' gradients that this rank adds up:
  /// memory that is theirs, but counts as this process's too. Which it will be is known only once ranks have met.
  private static func allReduceBytes(_ plan: RunPlan) -> Int {
    let pieces = plan.buckets.buckets.count * Communicator.bytesPerAllReduce
    let shared = plan.parameters.parameters.bytes / plan.worldSize * (plan.worldSize - 1)
    return plan.worldSize == 1 ? 0 : max(pieces, shared)
  }

  private static func imageBytes(_ plan: RunPlan, _ rank: Int, _ images: Images) -> Int {
    let imageBytes = 4 * plan.graph.shape(of: plan.graph.input).elements
    let batch = plan.shards.localCounts(rank: rank).max() ?? 0
    switch images {
    case .synthetic: return batch * imageBytes
    case .loaded:
      let data = plan.configuration.data
      let slots = (data.prefetch + 1) * (max(1, batch) + plan.configuration.extraImages + plan.evaluationRows)
      return slots * imageBytes + 2 * data.workers * workerBytes
    }
  }
}
