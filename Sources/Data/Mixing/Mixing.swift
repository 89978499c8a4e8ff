import Tensors

/// Mixup and CutMix: parameters, and a pure choice for each pair of a step's samples.
///
/// Pairs are mixed as timm's `pair` mode has it: both images with one share, each in the other's place. Sources: Zhang et al.,
/// "mixup: Beyond Empirical Risk Minimization", ICLR 2018; Yun et al., "CutMix", ICCV 2019.
public struct Mixing: Hashable, Sendable {
  /// Shares are drawn from Beta(alpha, alpha); 0: that kind does not occur.
  public let mixupAlpha: Double
  public let cutmixAlpha: Double
  /// That a pair is mixed at all.
  public let probability: Double
  /// That it is by CutMix, where both kinds occur.
  public let cutmixProbability: Double
  public let seed: UInt64

  public init(
    mixupAlpha: Double, cutmixAlpha: Double, probability: Double = 1, cutmixProbability: Double = 0.5, seed: UInt64
  ) {
    precondition(mixupAlpha >= 0 && cutmixAlpha >= 0, "a negative alpha")
    precondition((0...1).contains(probability) && (0...1).contains(cutmixProbability), "mixing out of range")
    (self.mixupAlpha, self.cutmixAlpha) = (mixupAlpha, cutmixAlpha)
    (self.probability, self.cutmixProbability, self.seed) = (probability, cutmixProbability, seed)
  }

  /// What happens to the pair of an epoch whose first image is at position `first`.
  public func mixture(epoch: Int, first: Int, imageSize: Int) -> Mixture {
    var random = KeyedRandom(seed: seed, purpose: .mixing, epoch: epoch, index: first)
    guard random.uniform() < probability else { return .blend(share: 1) }
    let isCutmix = cutmixAlpha > 0 && (mixupAlpha == 0 || random.uniform() < cutmixProbability)
    guard isCutmix || mixupAlpha > 0 else { return .blend(share: 1) }
    let share = random.beta(isCutmix ? cutmixAlpha : mixupAlpha)
    guard isCutmix else { return .blend(share: Float(share)) }
    let side = Int(Double(imageSize) * (1 - share).squareRoot())
    func cut() -> Range<Int> {
      let centre = random.below(imageSize)
      return max(centre - side / 2, 0)..<min(centre + side / 2, imageSize)
    }
    let rows = cut()
    return .exchange(columns: cut(), rows: rows)
  }
}

/// What happens to the two images of a pair, and to both alike.
public enum Mixture: Hashable, Sendable {
  /// Each becomes a share of itself and the rest of the other.
  case blend(share: Float)
  /// The two exchange a box, which may be empty: CutMix.
  case exchange(columns: Range<Int>, rows: Range<Int>)

  /// How much of each image stays, and so of its label; of a box that was cut off at an edge, what it really takes.
  public func share(imageSize: Int) -> Float {
    switch self {
    case .blend(let share): share
    case .exchange(let columns, let rows):
      Float(1 - Double(columns.count * rows.count) / Double(imageSize * imageSize))
    }
  }

  /// - Parameters first, second: f32 `[imageSize, imageSize, 3]`.
  package func mix(_ first: UnsafeMutablePointer<Float>, _ second: UnsafeMutablePointer<Float>, imageSize: Int) {
    switch self {
    case .blend(1): break
    case .blend(let share):
      let rest = 1 - share
      for index in 0..<imageSize * imageSize * 3 {
        let (one, other) = (first[index], second[index])
        first[index] = share * one + rest * other
        second[index] = share * other + rest * one
      }
    case .exchange(let columns, let rows):
      for row in rows {
        let start = (row * imageSize + columns.lowerBound) * 3
        for index in start..<start + columns.count * 3 { swap(&first[index], &second[index]) }
      }
    }
  }
}
