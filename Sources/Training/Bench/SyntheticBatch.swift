import Tensors

/// Random images and labels of one rank, the same in every step.
struct SyntheticBatch {
  let batch: LocalBatch
  private let memory: Memory

  private final class Memory {
    let images, labels: AlignedBuffer

    init(imageBytes: Int, labelBytes: Int) {
      images = AlignedBuffer(bytes: imageBytes)
      labels = AlignedBuffer(bytes: labelBytes)
    }
  }

  init(_ plan: RunPlan, rank: Int) {
    let count = plan.shards.localRange(step: 0, rank: rank).count
    let configuration = plan.configuration
    let elements = plan.graph.shape(of: plan.graph.input).elements
    memory = Memory(imageBytes: 4 * count * elements, labelBytes: 4 * count)
    var random = KeyedRandom(seed: configuration.seed, purpose: .drawing, index: rank)
    let pixels = memory.images.elements(Float.self)
    for index in pixels.indices { pixels[index] = Float(random.normal()) }
    let classes = memory.labels.elements(Int32.self)
    for index in classes.indices { classes[index] = Int32(random.next() % UInt64(configuration.model.classes)) }
    batch = LocalBatch(
      images: UnsafePointer(pixels.baseAddress!), labels: UnsafePointer(classes.baseAddress!), count: count)
  }
}
