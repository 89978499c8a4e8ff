import JSON

/// `non-finite-<step>.json`: what was not finite in a step, on which ranks, and what these were working on.
package struct NonFiniteReport {
  let step: NonFiniteStep
  let decision: NumbersDecision

  package init(_ step: NonFiniteStep, _ decision: NumbersDecision) { (self.step, self.decision) = (step, decision) }

  package func json() throws -> JSONValue {
    .object([
      .init("step", .integer(step.step)),
      .init("loss", step.loss.isFinite ? .number(step.loss) : .string("\(step.loss)")),
      .init("decision", .string(decision.rawValue)),
      .init("began_on_ranks", .array(step.origins.map { .integer($0.rank) })),
      .init("ranks", .array(try step.findings.map { try $0.json() })),
    ])
  }
}
