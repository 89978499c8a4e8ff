import Collectives
import Network

/// What an evaluation counted, over all ranks.
package struct EvaluationCounts: Hashable, Sendable {
  package private(set) var top1Correct = 0
  package private(set) var top5Correct = 0
  package private(set) var total = 0
  /// The sum of the images' losses in units of 2^-24: whole numbers, so that their sum is the same in any order and at
  /// any world size.
  package private(set) var lossUnits = 0
  /// Images whose loss was not a finite number; they are not in `lossUnits`.
  package private(set) var nonFiniteLosses = 0
  /// The class that each image was taken for, in the order of the images; -1: none.
  package private(set) var predictions: [Int32] = []

  package static let unitsPerNat = Double(1 << 24)
  /// Larger losses are counted as this, so that the sum over 10^9 images cannot overflow.
  package static let largestLoss = 256.0

  /// The mean loss in nats; not a number when any image's was not.
  package var meanLoss: Double {
    nonFiniteLosses > 0 ? .nan : Double(lossUnits) / EvaluationCounts.unitsPerNat / Double(total)
  }

  package init() {}

  package mutating func add(_ image: ClassificationSums, prediction: Int?) {
    top1Correct += image.top1Correct
    top5Correct += image.top5Correct
    total += image.count
    if image.loss.isFinite {
      lossUnits += Int((min(image.loss, EvaluationCounts.largestLoss) * EvaluationCounts.unitsPerNat).rounded())
    } else {
      nonFiniteLosses += 1
    }
    predictions.append(Int32(prediction ?? -1))
  }

  /// Those of all ranks, whose images follow each other in the order of ranks. Every rank calls it.
  func merged(over communicator: Communicator) throws -> EvaluationCounts {
    let sums = try communicator.sum([top1Correct, top5Correct, total, lossUnits, nonFiniteLosses])
    var merged = EvaluationCounts()
    (merged.top1Correct, merged.top5Correct, merged.total) = (sums[0], sums[1], sums[2])
    (merged.lossUnits, merged.nonFiniteLosses) = (sums[3], sums[4])
    merged.predictions = try communicator.allGather(predictions.withUnsafeBytes { Array($0) }).flatMap { bytes in
      bytes.withUnsafeBytes { bytes in
        stride(from: 0, to: bytes.count, by: 4).map { bytes.loadUnaligned(fromByteOffset: $0, as: Int32.self) }
      }
    }
    return merged
  }
}
