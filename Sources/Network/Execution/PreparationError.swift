import Kernels

/// An operation that cannot be made ready to run on this machine.
public struct PreparationError: Error, CustomStringConvertible {
  public let node: String
  public let network: String
  public let cause: KernelError

  public var description: String { "\(network) cannot run here: at \(node), \(cause)" }
}
