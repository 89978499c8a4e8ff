import Tensors

/// The random numbers of one node in the current pass: functions of the run's seed, the node's name, the step, and the
/// sample's number within the global batch. So they do not depend on tiles or ranks, and a pass that is repeated draws
/// the same ones.
struct SiteRandom {
  private let randomness: PassRandomness
  private let name: UInt64

  init(at site: Site) {
    randomness = site.randomness
    name = Digest(of: site.name).value
  }

  /// Those of one of this rank's samples.
  func ofSample(_ index: Int) -> KeyedRandom { random(randomness.sample(index)) }

  /// Those of the batch, which are the same on all ranks.
  func ofBatch() -> KeyedRandom { random(-1) }

  private func random(_ index: Int) -> KeyedRandom {
    // Steps that are 2^24 apart may share their numbers.
    KeyedRandom(
      seed: randomness.seed ^ name, purpose: .dropout, epoch: randomness.step & 0xFF_FFFF, index: index)
  }
}
