import Tensors

/// Memory for one batch and how far it is filled. Workers write disjoint samples of it without a lock; everything but
/// the memory is touched under the ring's lock only.
final class BatchSlot {
  /// f32 `[capacity, views, imageSize, imageSize, 3]`.
  private let images: AlignedBuffer
  private let labels: AlignedBuffer
  private let otherLabels: AlignedBuffer
  private let shares: AlignedBuffer
  private let samples: AlignedBuffer
  private let imageSize: Int
  private let views: Int
  private var imageElements: Int { views * imageSize * imageSize * 3 }

  var request: BatchRequest?
  /// Samples not yet handed to a worker begin here.
  var claimed = 0
  var finished = 0
  /// Which samples are prepared, whether or not they still have to be mixed. `[capacity]`.
  private var isPrepared: [Bool]
  /// The failure with the lowest index in the batch, so that the same batch gives the same error whatever the timing.
  var failure: (index: Int, error: DataError)?
  private var substitutions: [(index: Int, substitution: Substitution)] = []

  init(capacity: Int, imageSize: Int, views: Int) {
    // A rank whose every batch is empty still lends pointers.
    let capacity = max(capacity, 1)
    images = AlignedBuffer(bytes: capacity * views * imageSize * imageSize * 3 * MemoryLayout<Float>.stride)
    labels = AlignedBuffer(bytes: capacity * MemoryLayout<Int32>.stride)
    otherLabels = AlignedBuffer(bytes: capacity * MemoryLayout<Int32>.stride)
    shares = AlignedBuffer(bytes: capacity * MemoryLayout<Float>.stride)
    samples = AlignedBuffer(bytes: capacity * MemoryLayout<Int>.stride)
    (self.imageSize, self.views) = (imageSize, views)
    isPrepared = [Bool](repeating: false, count: capacity)
  }

  var isReady: Bool { request.map { finished == $0.preparedCount } ?? false }

  func begin(_ request: BatchRequest) {
    self.request = request
    claimed = 0
    finished = 0
    failure = nil
    substitutions.removeAll(keepingCapacity: true)
    for index in isPrepared.indices { isPrepared[index] = false }
  }

  func fail(_ index: Int, _ error: DataError) {
    if let failure, failure.index < index { return }
    failure = (index, error)
  }

  func substitute(_ index: Int, _ substitution: Substitution) { substitutions.append((index, substitution)) }

  /// Of the batch's own samples: a partner that was prepared beside them is another batch's to tell of.
  private func ownSubstitutions(_ request: BatchRequest) -> [Substitution] {
    substitutions.filter { $0.index < request.count }.sorted { $0.index < $1.index }.map(\.substitution)
  }

  /// Where the image at `index` of the batch lies.
  func image(_ index: Int) -> UnsafeMutablePointer<Float> {
    images.elements(Float.self).baseAddress.unsafelyUnwrapped + index * imageElements
  }

  func record(sample: Int, label: Int, at index: Int) {
    samples.elements(Int.self)[index] = sample
    labels.elements(Int32.self)[index] = Int32(label)
    otherLabels.elements(Int32.self)[index] = Int32(label)
    shares.elements(Float.self)[index] = 1
  }

  /// Notes that the sample at `index` is prepared, and returns the one to mix it with when both are.
  func notePrepared(_ index: Int) -> Int? {
    isPrepared[index] = true
    return request?.partner(of: index).flatMap { isPrepared[$0] ? $0 : nil }
  }

  /// Mixes two samples of one view that are prepared; whoever prepared the second calls it.
  func mix(_ index: Int, _ partner: Int, of request: BatchRequest) {
    let (first, second) = request.position(index) < request.position(partner) ? (index, partner) : (partner, index)
    guard let mixture = request.mixing?.mixture(at: request.position(first), imageSize: imageSize) else { return }
    mixture.mix(image(first), image(second), imageSize: imageSize)
    let labels = labels.elements(Int32.self)
    for (own, other) in [(first, second), (second, first)] {
      otherLabels.elements(Int32.self)[own] = labels[other]
      shares.elements(Float.self)[own] = mixture.share(imageSize: imageSize)
    }
  }

  func lend(_ request: BatchRequest) -> Batch {
    Batch(
      count: request.count, views: views,
      images: UnsafePointer(image(0)),
      labels: UnsafePointer(labels.elements(Int32.self).baseAddress.unsafelyUnwrapped),
      otherLabels: request.mixing == nil ? nil : UnsafePointer(otherLabels.elements(Int32.self).baseAddress),
      shares: request.mixing == nil ? nil : UnsafePointer(shares.elements(Float.self).baseAddress),
      samples: UnsafePointer(samples.elements(Int.self).baseAddress.unsafelyUnwrapped),
      substitutions: substitutions.isEmpty ? [] : ownSubstitutions(request))
  }
}
