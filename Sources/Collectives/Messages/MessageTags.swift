import Fabrics

/// The tags of one all-reduce's messages.
///
/// At most `underWay` all-reduces are under way at once, each with tags of its own; one that takes the tags of an earlier
/// one starts only when that has finished here, and messages of one tag arrive in the order sent. So a tag never has to
/// tell apart what order does not.
struct MessageTags {
  static let underWay = 64
  static let mostLanes = 128
  /// Of operations that finish before the next one starts.
  static let exchange = 0
  /// Of ranks that tell each other why they wait.
  static let alarm = 1

  /// Of ranks that tell each other that they go on waiting; behind those of all lanes.
  static let patience = 2 + underWay * (1 + mostLanes)

  let slot: Int

  /// - Parameter ordinal: how-manieth all-reduce.
  init(ordinal: UInt64) { slot = Int(ordinal % UInt64(Self.underWay)) }

  var ofHeading: Int { 2 + slot }

  func ofLane(_ lane: Int) -> Int {
    assert(lane < Self.mostLanes && Self.patience < maximumTag)
    return 2 + Self.underWay + slot * Self.mostLanes + lane
  }
}
