import Tensors

/// Random images and labels, as many as one rank takes in a step.
package struct SyntheticBatch {
  package let batch: LocalBatch
  private let memory: Memory

  private final class Memory {
    let images, labels: AlignedBuffer

    init(imageBytes: Int, labelBytes: Int) {
      images = AlignedBuffer(bytes: imageBytes)
      labels = AlignedBuffer(bytes: labelBytes)
    }
  }

  /// - Parameter step: of an epoch, whose last step may be smaller.
  package init(_ plan: RunPlan, rank: Int, step: Int = 0) {
    let count = plan.shards.localRange(step: step, rank: rank).count
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
