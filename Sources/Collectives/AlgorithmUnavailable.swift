/// An algorithm that this fabric does not have.
public struct AlgorithmUnavailable: Error, CustomStringConvertible {
  public let description: String

  static let mpi = AlgorithmUnavailable(
    description:
      "collectives.algorithm is mpi, and there is no MPI where ranks are threads. Choose another, or use mpirun.")

  static func halves(of algorithm: AllReduceAlgorithm) -> AlgorithmUnavailable {
    AlgorithmUnavailable(
      description: "\(algorithm.rawValue) has neither a reduce-scatter nor an all-gather. Choose ring or two_level.")
  }
}
