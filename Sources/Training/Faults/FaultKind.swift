/// What a fault does.
public enum FaultKind: String, CaseIterable, Sendable {
  case kill, stop, delay
  case gradientBit = "gradient-bit"
  case nan, infinity
  case bucketBit = "bucket-bit"
  case weightBit = "weight-bit"
  case momentumBit = "momentum-bit"
  case failWrite = "fail-write"
  case shortWrite = "short-write"
  case diskFull = "disk-full"
  case failSync = "fail-fsync"

  /// What of a rank it strikes.
  package enum Target: Sendable {
    case process, gradients, sums, weights, momentum, files
  }

  package var target: Target {
    switch self {
    case .kill, .stop, .delay: .process
    case .gradientBit, .nan, .infinity: .gradients
    case .bucketBit: .sums
    case .weightBit: .weights
    case .momentumBit: .momentum
    case .failWrite, .shortWrite, .diskFull, .failSync: .files
    }
  }

  /// The phases that it can be given with.
  package var phases: [FaultPhase] {
    switch target {
    case .process: FaultPhase.allCases
    case .gradients, .sums: [.exchange]
    case .weights, .momentum: [.update]
    case .files: [.save]
    }
  }

  /// What its argument is called.
  public var argument: String {
    switch target {
    case .process: self == .delay ? ",SECONDS" : "[,TIME]"
    case .gradients: self == .gradientBit ? "[,PLACE]" : "[,PARAMETER/ELEMENT]"
    case .sums, .weights, .momentum: "[,PLACE]"
    case .files: "[,NUMBER]"
    }
  }

  public var meaning: String {
    switch self {
    case .kill: "SIGKILL to the rank's own process."
    case .stop: "SIGSTOP to it: it hangs until it is told to go on."
    case .delay: "It waits so long."
    case .gradientBit: "One bit of the rank's own gradients is flipped before they are summed."
    case .nan: "One of its gradients becomes a NaN."
    case .infinity: "One of its gradients becomes an infinity."
    case .bucketBit: "One bit of the sums is flipped in this rank's memory alone."
    case .weightBit: "One bit of the rank's weights is flipped after the update."
    case .momentumBit: "One bit of the optimizer's state that the rank holds is flipped after the update."
    case .failWrite: "The checkpoint's file operation NUMBER fails with EIO."
    case .shortWrite: "The checkpoint's write NUMBER takes half of its bytes."
    case .diskFull: "From the checkpoint's file operation NUMBER on nothing can be made or written: ENOSPC."
    case .failSync: "The checkpoint's fsync NUMBER fails with EIO."
    }
  }
}
