/// The extents of a dense tensor, outermost first. A scalar has no dimensions and one element.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  public let dimensions: [Int]

  public init(_ dimensions: [Int]) {
    precondition(dimensions.allSatisfy { $0 >= 0 }, "negative extent in \(dimensions)")
    self.dimensions = dimensions
  }

  public init(arrayLiteral dimensions: Int...) {
    self.init(dimensions)
  }

  public var rank: Int { dimensions.count }
  public var elements: Int { dimensions.reduce(1, *) }
  public subscript(axis: Int) -> Int { dimensions[axis] }

  /// `64x3x7x7`, the way the project writes shapes in plans and messages.
  public var description: String {
    dimensions.isEmpty ? "scalar" : dimensions.map(String.init).joined(separator: "x")
  }
}
