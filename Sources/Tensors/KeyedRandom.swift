import Foundation

/// What random numbers are drawn for. Two purposes never share a number.
public enum RandomPurpose: UInt8, Sendable {
  case initialization = 1
  case shuffle = 2
  case augmentation = 3
  case dropout = 4
  case drawing = 5
  case substitution = 6
  case mixing = 7
  case faults = 8
  case testing = 255
}

/// Random numbers as a function of (seed, purpose, epoch, index): the same key gives the same numbers on every rank,
/// at any world size, in any order of use.
public struct KeyedRandom: RandomNumberGenerator, Sendable {
  /// What `Philox` is keyed with, and the next block's counter: its first word counts blocks from 0.
  public let key: SIMD2<UInt32>
  public private(set) var counter: SIMD4<UInt32>
  private var pending: UInt64?

  /// - Parameters:
  ///   - epoch: at most 2^24 - 1.
  ///   - index: the sample, tensor or other thing that the numbers belong to.
  public init(seed: UInt64, purpose: RandomPurpose, epoch: Int = 0, index: Int = 0) {
    precondition(epoch >= 0 && epoch < 1 << 24, "epoch \(epoch) does not fit a random key")
    key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    let index = UInt64(bitPattern: Int64(index))
    counter = SIMD4(
      0, UInt32(purpose.rawValue) << 24 | UInt32(epoch),
      UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32))
  }

  public mutating func next() -> UInt64 {
    if let value = pending {
      pending = nil
      return value
    }
    let block = Philox.block(counter: counter, key: key)
    counter[0] &+= 1
    pending = UInt64(block[3]) << 32 | UInt64(block[2])
    return UInt64(block[1]) << 32 | UInt64(block[0])
  }

  /// Uniform in [0, 1), a multiple of 2^-53.
  public mutating func uniform() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// Uniform in `range`.
  public mutating func uniform(in range: Range<Double>) -> Double {
    range.lowerBound + uniform() * (range.upperBound - range.lowerBound)
  }

  /// Standard normal, by Box and Muller's transform.
  public mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * .pi * uniform())
  }
}
