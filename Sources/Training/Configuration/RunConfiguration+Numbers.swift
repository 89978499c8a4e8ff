extension RunConfiguration {
  public struct Numbers: Sendable, Equatable {
    public let nonFinite: Policy
    public let mostIncidents: Int

    public enum Policy: String, CaseIterable, Sendable { case stop, skip, rewind }

    static let meaning = "Numbers that go wrong: a loss or a gradient that is an infinity or a NaN, on any rank."

    init(_ fields: ConfigurationReader) {
      nonFinite = fields.read(
        "non_finite", .choice(), default: .stop, affects: .nothing,
        "What happens before such a step's update. `stop`: the run ends. `skip`: the step is done without its update, and "
          + "leaves weights and statistics as they were. `rewind`: the run goes back to its newest checkpoint and does the steps "
          + "again; a step that is bad again is skipped. Each time `non-finite-<step>.json` names ranks, parameters and samples."
      )
      mostIncidents = fields.read(
        "most_incidents", .wholeNumber(of: "incidents", .atLeast(1)), default: 10, affects: .nothing,
        "Steps skipped and rewinds, together, that a run may have; the next one ends it.")
    }
  }

  public struct Audit: Sendable, Equatable {
    public let everySteps: Int

    static let meaning = "Whether all ranks still have the same weights, bit by bit."

    init(_ fields: ConfigurationReader) {
      everySteps = fields.read(
        "every_steps", .wholeNumber(of: "steps", .atLeast(0)), default: 100, affects: .nothing,
        "After each so many steps the ranks compare digests of what they should have in common: weights and their average, the optimizer's "
          + "state unless it is sharded, and running statistics that all ranks share. Where they differ, the run ends with "
          + "status 71 and names rank, parameter and step. 0: never.")
    }
  }
}
