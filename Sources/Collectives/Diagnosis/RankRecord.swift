/// What a rank is doing, for those who wait for it: kept in shared memory, and sent when somebody gives up.
struct RankRecord: BitwiseCopyable {
  enum Activity: UInt8 { case unknown, working, waiting, leaving }

  var rank: Int32
  var process: Int32
  var host: Label
  /// Where the run is: steps done before, and the part of the step.
  var step: Int64
  var phase: Label
  /// The last collective that it began.
  var heading: Heading
  private var activityCode: UInt8
  /// While waiting: for whom, where in the collective, and since when (CLOCK_MONOTONIC, seconds).
  var peer: Int32
  var place: Label
  var since: Double

  var activity: Activity {
    get { Activity(rawValue: activityCode) ?? .unknown }
    set { activityCode = newValue.rawValue }
  }

  init(rank: Int, process: Int32, host: String) {
    self.rank = Int32(rank)
    self.process = process
    self.host = Label(host)
    (step, phase, place) = (-1, Label(""), Label(""))
    heading = Heading(.combine, label: Label("none yet"), count: 0)
    (activityCode, peer, since) = (Activity.working.rawValue, -1, 0)
  }
}
