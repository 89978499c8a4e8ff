import Data

extension RunConfiguration {
  /// Prepares what `rank` trains on in `steps`, which count over all epochs.
  ///
  /// - Parameters:
  ///   - workers: threads, in place of `data.workers`.
  ///   - imageSize: in place of `data.image_size`.
  func trainingLoader(
    _ images: any DataSet, _ shards: ShardPlan, rank: Int, steps: Range<Int>, workers: Int? = nil,
    imageSize: Int? = nil
  ) -> Loader {
    let order = TrainingOrder(of: images, window: data.shuffleWindow, seed: seed)
    let (mixing, repeats) = (mixing, augmentation.repeats)
    return Loader(
      images, transform: trainingTransform(imageSize: imageSize), decoding: data.decoding, seed: seed,
      capacity: (shards.localCounts(rank: rank).max() ?? 0) + extraImages, workers: workers ?? data.workers,
      depth: data.prefetch + 1,
      substitution: substitution(of: shards.samples), timeout: data.timeoutSeconds
    ) { batch in
      guard batch < steps.count else { return nil }
      return .training(
        step: steps.lowerBound + batch, rank: rank, plan: shards, order: order, mixing: mixing, repeats: repeats)
    }
  }

  /// Prepares what `rank` evaluates.
  func validationLoader(_ images: any DataSet, _ plan: EvaluationPlan, rank: Int) -> Loader {
    Loader(
      images, transform: evaluationTransform, decoding: data.decoding, seed: seed, capacity: plan.localBatch,
      workers: data.workers, depth: data.prefetch + 1, timeout: data.timeoutSeconds
    ) { .evaluation(batch: $0, rank: rank, plan: plan) }
  }

  private var evaluationTransform: EvaluationTransform {
    EvaluationTransform(
      imageSize: data.imageSize, resizedSide: data.validationResize, normalization: data.normalization,
      filter: data.filter, shown: evaluation.views)
  }

  /// What becomes of a training image that cannot be read; nil: the run ends.
  private func substitution(of samples: Int) -> SubstitutionRule? {
    data.onError == .substitute ? SubstitutionRule(samples: samples, seed: seed) : nil
  }
}
