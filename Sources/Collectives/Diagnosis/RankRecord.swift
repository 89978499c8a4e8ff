/// What a rank is doing, for those who wait for it: kept in shared memory, and sent when somebody gives up. Ranks have their
/// numbers in the communicator.
package struct RankRecord: BitwiseCopyable {
  package enum Activity: UInt8 {
    case unknown, working, waiting
    /// It has seen that `peer` is in another collective.
    case differing
    /// It has said its part, and ends.
    case leaving
  }

  var rank: Int32
  var process: Int32
  var host: Label
  /// Where the run is: steps done before, and the part of the step.
  package var step: Int64
  package var phase: Label
  /// The last collective that it began.
  var heading: Heading
  package var history: CollectiveHistory
  private var activityCode: UInt8
  /// While waiting: in which collective, for whom, where in the collective, and for how many seconds.
  var awaited: Heading
  package var peer: Int32
  package var place: Label
  package var since: Double

  package var activity: Activity {
    get { Activity(rawValue: activityCode) ?? .unknown }
    set { activityCode = newValue.rawValue }
  }

  package init(rank: Int, process: Int32, host: String) {
    self.rank = Int32(rank)
    self.process = process
    self.host = Label(host)
    (step, phase, place) = (-1, Label(""), Label(""))
    history = CollectiveHistory()
    heading = Heading(.combine, label: Label("none yet"), count: 0)
    awaited = heading
    (activityCode, peer, since) = (Activity.working.rawValue, -1, 0)
  }
}
