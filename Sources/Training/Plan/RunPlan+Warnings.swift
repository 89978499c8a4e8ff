import Data
import Network

extension RunPlan {
  /// What whoever starts the run should know of its plan: sentences without a line break.
  package var warnings: [String] { [singleValueWarning].compactMap(\.self) }

  /// BatchNorm over one value per channel: the value minus itself, whatever it was, so that the layer gives its shift alone.
  private var singleValueWarning: String? {
    let layers = ([graph] + variants).flatMap(Self.layersOfOneValue)
    let last = shards.stepsPerEpoch - 1
    guard let layer = layers.first, let step = Set([0, last]).sorted().first(where: hasSpanOfOneImage) else {
      return nil
    }
    let more = layers.count > 1 ? " and \(layers.count - 1) more" : ""
    let when = step == 0 ? "from step 1 on" : "in step \(step + 1) of each epoch, the last,"
    let whose =
      configuration.syncBatchNorm.span == .all ? "the batch" : "the batch of a rank, or of ranks that share statistics,"
    return """
      \(when) \(whose) is a single image, and BatchNorm sees 1x1 of it at \(layer)\(more): the variance of one value is 0, so \
      that nothing of the image gets through, and the running statistics are left as they are. Change batch.global or the number \
      of images (\(shards.samples) in batches of \(shards.globalBatch)), or train on larger images.
      """
  }

  /// Names of normalisations that see one position of each image.
  private static func layersOfOneValue(_ graph: Graph) -> [String] {
    graph.nodes.filter { node in
      let shape = graph.shape(of: node.output)
      return node.operation.operation.exchangesStatistics && shape.elements == shape[0]
    }.map(\.name)
  }

  /// Whether ranks that share statistics have one image together. Where hosts share them, all ranks are taken to be on one.
  private func hasSpanOfOneImage(step: Int) -> Bool {
    let counts = (0..<worldSize).map { shards.localRange(step: step, rank: $0).count }
    let sizeOfSpan =
      switch configuration.syncBatchNorm.span {
      case .all, .node: worldSize
      case .none: 1
      case .ranks(let count): count
      }
    return stride(from: 0, to: worldSize, by: sizeOfSpan).contains { first in
      counts[first..<min(first + sizeOfSpan, worldSize)].reduce(0, +) == 1
    }
  }
}
