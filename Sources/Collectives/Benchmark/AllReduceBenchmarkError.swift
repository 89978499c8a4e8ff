/// An all-reduce gave a wrong sum, or changed a source that it must only read.
public struct AllReduceBenchmarkError: Error, Hashable, Sendable, CustomStringConvertible {
  public let contender: AllReduceContender
  public let rank: Int
  public let isSource: Bool
  public let index: Int
  public let expected: Float
  public let got: Float

  public var description: String {
    """
    \(contender.algorithm.rawValue)\(contender.inPlace ? " in place" : ""): on rank \(rank), element \(index) of the \
    \(isSource ? "source" : "target") is \(got) and should be \(expected)
    """
  }
}
