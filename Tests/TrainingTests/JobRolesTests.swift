import Testing
import Training

@Suite struct JobRolesTests {
  private func roles(_ placement: String, ranks: Int) throws -> JobRoles {
    try JobRoles(configuration(minimalText, "coordinator=\(placement)"), ranks: ranks)
  }

  @Test func aSharedCoordinatorTrainsLikeTheOthers() throws {
    for ranks in 1...4 {
      let roles = try roles("shared", ranks: ranks)
      #expect(roles.trainers == Array(0..<ranks) && roles.coordinator == 0)
      #expect((0..<ranks).allSatisfy { roles.group(of: $0) == roles.trainers })
    }
  }

  @Test func aDedicatedOneDoesNotTrain() throws {
    for ranks in 2...4 {
      let roles = try roles("dedicated", ranks: ranks)
      #expect(roles.trainers == Array(1..<ranks) && roles.coordinator == 0)
      #expect(roles.group(of: 0) == [0] && (1..<ranks).allSatisfy { roles.group(of: $0) == roles.trainers })
    }
    #expect("\(try roles("dedicated", ranks: 2))" == "rank 0 evaluates and saves, rank 1 trains")
    #expect("\(try roles("dedicated", ranks: 4))" == "rank 0 evaluates and saves, ranks 1 to 3 train")
  }

  @Test func aDedicatedOneNeedsSomebodyToTrain() throws {
    let error = #expect(throws: ConfigurationError.self) { try roles("dedicated", ranks: 1) }
    #expect("\(error as Any)".contains("coordinator") && "\(error as Any)".contains("at least 2 ranks"))
  }

  /// The plan is that of the trainers, and says who does what.
  @Test func aPlanTellsTheRoles() throws {
    let plan = try smallPlan(worldSize: 2, "coordinator=dedicated")
    let text = try PlanReport(plan, threads: 1).description
    #expect(text.contains("on 3 ranks\n  rank 0 evaluates and saves, ranks 1 to 2 train\n"), "\(text)")
    let shards = text.split(separator: "\n").drop { !$0.hasPrefix("Shards") }.dropFirst(2).prefix(3)
      .map { $0.split(separator: " ") }
    #expect(shards == [["0", "21"], ["1", "4", "2"], ["2", "3", "1"]], "\(shards)")
  }
}
