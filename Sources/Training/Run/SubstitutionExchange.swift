import Collectives
import Data

/// Tells rank 0 which training images could not be read.
struct SubstitutionExchange {
  let communicator: Communicator
  let images: any DataSet

  /// Every rank calls it, with the substitutions of its own batch; what all have is returned to all, in the order of ranks.
  func gather(_ own: [Substitution], step: Int) throws -> [BadSampleReport] {
    let lines = try own.map { try report($0, step: step).json().line }
    let all = try communicator.allGather(Array(lines.joined(separator: "\n").utf8))
    return try all.flatMap { bytes in
      try String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { try BadSampleReport(json: String($0)) }
    }
  }

  private func report(_ substitution: Substitution, step: Int) -> BadSampleReport {
    BadSampleReport(
      sample: substitution.sample, path: images.name(of: substitution.sample), reason: "\(substitution.error)",
      substitute: images.name(of: substitution.substitute), step: step)
  }
}
