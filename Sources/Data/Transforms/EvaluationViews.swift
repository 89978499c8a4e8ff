/// How often, and where, an image is looked at to evaluate it: the centre, or the corners and the centre, as they are or mirrored
/// too.
///
/// The views are those of torchvision's `CenterCrop`, `FiveCrop` and `TenCrop`, in its order: the crops of the image, then
/// the crops of the mirrored image.
public struct EvaluationViews: Hashable, Sendable {
  /// Where a crop lies along one axis.
  enum Place: Hashable, Sendable {
    case start, centre, end

    /// - Parameter slack: by how many pixels the image is longer than the crop.
    func start(slack: Int) -> Int {
      switch self {
      case .start: 0
      // Halves go to the even neighbour, as Python's `round` has it in torchvision's `center_crop`.
      case .centre: Int((Double(slack) / 2).rounded(.toNearestOrEven))
      case .end: slack
      }
    }
  }

  struct View: Hashable, Sendable {
    let x: Place
    let y: Place
    /// Whether the place is one of the mirrored image.
    let isMirrored: Bool
  }

  /// Whether the corners are looked at beside the centre.
  public let hasCorners: Bool
  /// Whether the mirrored image is looked at too.
  public let hasMirrored: Bool

  public init(corners: Bool = false, mirrored: Bool = false) {
    (hasCorners, hasMirrored) = (corners, mirrored)
  }

  public var count: Int { (hasCorners ? 5 : 1) * (hasMirrored ? 2 : 1) }

  var views: [View] {
    let corners: [(Place, Place)] = [(.start, .start), (.end, .start), (.start, .end), (.end, .end)]
    let places = (hasCorners ? corners : []) + [(.centre, .centre)]
    return (hasMirrored ? [false, true] : [false]).flatMap { isMirrored in
      places.map { View(x: $0.0, y: $0.1, isMirrored: isMirrored) }
    }
  }
}
