/// Who does what in a job: equal on every rank.
public struct JobRoles: Hashable, Sendable, CustomStringConvertible {
  public let ranks: Int
  public let placement: RunConfiguration.CoordinatorPlacement

  /// Throws `ConfigurationError` where there are too few ranks.
  ///
  /// - Parameter placement: in place of the configuration's.
  public init(
    _ configuration: RunConfiguration, ranks: Int, placement: RunConfiguration.CoordinatorPlacement? = nil
  ) throws {
    (self.ranks, self.placement) = (ranks, placement ?? configuration.coordinator)
    guard trainers.isEmpty else { return }
    throw ConfigurationError(
      path: "coordinator",
      "dedicated needs at least 2 ranks, since rank 0 does not train, got \(ranks). Start more ranks, or set it to shared."
    )
  }

  /// Of the job that a plan is for.
  init(of plan: RunPlan) {
    placement = plan.configuration.coordinator
    ranks = plan.worldSize + (placement == .dedicated ? 1 : 0)
  }

  public var isDedicated: Bool { placement == .dedicated }

  /// It owns the run's folder.
  public var coordinator: Int { 0 }

  /// Ascending. The first of them speaks for all.
  public var trainers: [Int] { Array((isDedicated ? 1 : 0)..<ranks) }

  /// The ranks whose collectives `rank` takes part in, once the run has been prepared.
  package func group(of rank: Int) -> [Int] { trainers.contains(rank) ? trainers : [rank] }

  /// As `rank 0 evaluates and saves, ranks 1 to 3 train`.
  public var description: String {
    guard isDedicated else { return "rank 0 evaluates and saves, and trains like the others" }
    return "rank 0 evaluates and saves, " + (ranks == 2 ? "rank 1 trains" : "ranks 1 to \(ranks - 1) train")
  }
}
