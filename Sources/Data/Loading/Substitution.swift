import Tensors

/// Which sample stands in for one that cannot be read: a function of (seed, epoch, sample), so that it is the same at any
/// world size and after a resume.
public struct SubstitutionRule: Hashable, Sendable {
  /// Of the data set.
  public let samples: Int
  public let seed: UInt64

  /// How many samples are tried for one. With a tenth of the files bad, all of them are in 1 of 10^16 cases.
  static let attempts = 16

  public init(samples: Int, seed: UInt64) {
    (self.samples, self.seed) = (samples, seed)
  }

  /// The samples to try, in their order: never `sample` itself. None where there is no other.
  public func candidates(for sample: Int, epoch: Int) -> [Int] {
    guard samples > 1 else { return [] }
    var random = KeyedRandom(seed: seed, purpose: .substitution, epoch: epoch, index: sample)
    return (0..<Self.attempts).map { _ in
      let other = Int(random.next().multipliedFullWidth(by: UInt64(samples - 1)).high)
      return other < sample ? other : other + 1
    }
  }
}

/// A sample of a batch that could not be read, and the one whose image and label stand in its place.
public struct Substitution: Hashable, Sendable {
  public let sample: Int
  public let substitute: Int
  /// Why `sample` could not be read; names it.
  public let error: DataError

  public init(sample: Int, substitute: Int, error: DataError) {
    (self.sample, self.substitute, self.error) = (sample, substitute, error)
  }
}
