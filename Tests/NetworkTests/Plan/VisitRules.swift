import Network

/// What must hold of a plan's sections before anything is run: every node is visited as often as it should, in sections
/// that cover the batch, and reported when its last tile is done.
enum VisitRules {
  static func problems(_ plan: ExecutionPlan) -> [String] {
    let (forward, backward) = (visits(plan.forward, of: plan), visits(plan.backward, of: plan))
    var problems = sections(plan)
    for (index, node) in plan.graph.nodes.enumerated() {
      let exchanges = plan.mode == .training && node.operation.operation.exchangesStatistics
      let trains = plan.mode == .training ? 1 : 0
      func expect(_ visits: [Visit], _ action: ExecutionPlan.Action, _ count: Int) {
        let found = visits.count { $0 == Visit(action: action, node: index) }
        if found != count { problems.append("\(found) times \(action) of \(node.name), not \(count)") }
      }
      expect(forward, .forward, 1)
      expect(forward, .gather, exchanges ? 1 : 0)
      expect(forward, .backward, 0)
      expect(forward, .gatherGradient, 0)
      expect(backward, .backward, trains)
      expect(backward, .gatherGradient, exchanges ? 1 : 0)
      expect(backward, .gather, 0)
      let isRestored = backward.contains(Visit(action: .forward, node: index))
      if isRestored, !node.operation.operation.memory.isCheap { problems.append("\(node.name) is restored") }
      let reports = plan.backward.count { $0.finished.contains(index) }
      if reports != trains { problems.append("\(node.name) is finished \(reports) times") }
    }
    return problems
  }

  private struct Visit: Hashable {
    let action: ExecutionPlan.Action
    let node: Int
  }

  private static func visits(_ sections: [ExecutionPlan.Section], of plan: ExecutionPlan) -> [Visit] {
    sections.flatMap { plan.steps[$0.steps].map { Visit(action: $0.action, node: $0.node) } }
  }

  private static func sections(_ plan: ExecutionPlan) -> [String] {
    var problems: [String] = []
    var next = 0
    for section in plan.forward + plan.backward {
      if section.steps.lowerBound != next || section.steps.isEmpty { problems.append("\(section) starts elsewhere") }
      next = section.steps.upperBound
      if section.tile < 1 || plan.batch % section.tile != 0 { problems.append("\(section) leaves samples out") }
      let steps = plan.steps[section.steps]
      let gathered = steps.filter { $0.action == .gather || $0.action == .gatherGradient }.map(\.node)
      if section.exchanges != gathered { problems.append("\(section) gathers for \(gathered)") }
    }
    if next != plan.steps.count { problems.append("steps belong to no section") }
    for section in plan.backward {
      let done = plan.steps[section.steps].filter { $0.action == .backward }.map(\.node)
      if section.finished != done { problems.append("\(section) finishes \(done)") }
    }
    return problems
  }
}
