import Data

extension RunConfiguration {
  /// Prepares what `rank` trains on in `steps`, which count over all epochs.
  ///
  /// - Parameter workers: threads, in place of `data.workers`.
  func trainingLoader(
    _ images: any DataSet, _ shards: ShardPlan, rank: Int, steps: Range<Int>, workers: Int? = nil
  ) -> Loader {
    let order = TrainingOrder(of: images, window: data.shuffleWindow, seed: seed)
    return Loader(
      images, transform: data.trainingTransform, decoding: data.decoding, seed: seed,
      capacity: shards.localCounts(rank: rank).max() ?? 0, workers: workers ?? data.workers, depth: data.prefetch + 1,
      substitution: substitution(of: shards.samples), timeout: data.timeoutSeconds
    ) { batch in
      batch < steps.count ? .training(step: steps.lowerBound + batch, rank: rank, plan: shards, order: order) : nil
    }
  }

  /// Prepares what `rank` evaluates.
  func validationLoader(_ images: any DataSet, _ plan: EvaluationPlan, rank: Int) -> Loader {
    Loader(
      images, transform: data.evaluationTransform, decoding: data.decoding, seed: seed, capacity: plan.localBatch,
      workers: data.workers, depth: data.prefetch + 1, timeout: data.timeoutSeconds
    ) { .evaluation(batch: $0, rank: rank, plan: plan) }
  }

  /// What becomes of a training image that cannot be read; nil: the run ends.
  private func substitution(of samples: Int) -> SubstitutionRule? {
    data.onError == .substitute ? SubstitutionRule(samples: samples, seed: seed) : nil
  }
}
