import Tensors

/// Memory for one batch and how far it is filled. Workers write disjoint samples of it without a lock; everything but
/// the memory is touched under the ring's lock only.
final class BatchSlot {
  /// f32 `[capacity, imageSize, imageSize, 3]`.
  private let images: AlignedBuffer
  private let labels: AlignedBuffer
  private let samples: AlignedBuffer
  private let imageElements: Int

  var request: BatchRequest?
  /// Samples not yet handed to a worker begin here.
  var claimed = 0
  var finished = 0
  /// The failure with the lowest index in the batch, so that the same batch gives the same error whatever the timing.
  var failure: (index: Int, error: DataError)?
  private var substitutions: [(index: Int, substitution: Substitution)] = []

  init(capacity: Int, imageElements: Int) {
    // A rank whose every batch is empty still lends pointers.
    let capacity = max(capacity, 1)
    images = AlignedBuffer(bytes: capacity * imageElements * MemoryLayout<Float>.stride)
    labels = AlignedBuffer(bytes: capacity * MemoryLayout<Int32>.stride)
    samples = AlignedBuffer(bytes: capacity * MemoryLayout<Int>.stride)
    self.imageElements = imageElements
  }

  var isReady: Bool { request.map { finished == $0.count } ?? false }

  func begin(_ request: BatchRequest) {
    self.request = request
    claimed = 0
    finished = 0
    failure = nil
    substitutions.removeAll(keepingCapacity: true)
  }

  func fail(_ index: Int, _ error: DataError) {
    if let failure, failure.index < index { return }
    failure = (index, error)
  }

  func substitute(_ index: Int, _ substitution: Substitution) { substitutions.append((index, substitution)) }

  /// Where the image at `index` of the batch lies.
  func image(_ index: Int) -> UnsafeMutablePointer<Float> {
    images.elements(Float.self).baseAddress.unsafelyUnwrapped + index * imageElements
  }

  func record(sample: Int, label: Int, at index: Int) {
    samples.elements(Int.self)[index] = sample
    labels.elements(Int32.self)[index] = Int32(label)
  }

  func lend(_ request: BatchRequest) -> Batch {
    Batch(
      count: request.count,
      images: UnsafePointer(image(0)),
      labels: UnsafePointer(labels.elements(Int32.self).baseAddress.unsafelyUnwrapped),
      samples: UnsafePointer(samples.elements(Int.self).baseAddress.unsafelyUnwrapped),
      substitutions: substitutions.isEmpty ? [] : substitutions.sorted { $0.index < $1.index }.map(\.substitution))
  }
}
