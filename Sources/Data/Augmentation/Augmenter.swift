import Tensors

/// Carries out augmentation plans. One owner, one thread at a time.
public struct Augmenter: ~Copyable {
  private var editor = PixelEditor()

  public init() {}

  /// - Parameters:
  ///   - crop: what made the image, which was normalised unless `plan.edits(after: crop)`.
  ///   - image: f32 `[height, width, 3]`, normalised in the end.
  public mutating func apply(
    _ plan: AugmentationPlan, after crop: CropPlan, normalization: Normalization, to image: UnsafeMutablePointer<Float>
  ) {
    let size = crop.outputSize
    if plan.edits(after: crop) { editor.edit(image, size, plan: plan, normalization: normalization) }
    for box in plan.erased { box.erase(image, width: size.width) }
  }
}

extension AugmentationPlan {
  /// Whether pixels become u8 once more before they are normalised.
  public func edits(after crop: CropPlan) -> Bool { !operations.isEmpty || crop.overshoots }
}

extension ErasedBox {
  /// - Parameter image: f32 `[height, width, 3]`, normalised.
  fileprivate func erase(_ image: UnsafeMutablePointer<Float>, width: Int) {
    let count = columns.count * 3
    switch filling {
    case .zero:
      for row in rows { (image + (row * width + columns.lowerBound) * 3).update(repeating: 0, count: count) }
    case .noise(let seed):
      var random = KeyedRandom(seed: seed, purpose: .augmentation)
      for row in rows {
        let start = image + (row * width + columns.lowerBound) * 3
        for index in 0..<count { start[index] = Float(random.normal()) }
      }
    }
  }
}
