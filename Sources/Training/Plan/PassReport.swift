import Network

/// How a pass runs, section by section, in words and tables, for people.
struct PassReport {
  let pass: ExecutionPlan

  var text: String {
    [heading + summary, table("forward", pass.forward), table("backward", pass.backward)].joined(separator: "\n\n")
  }

  private var heading: String { "A training step of \(pass.batch) images\n" }

  private var summary: String {
    """
      activations: [N, H, W, C], channels last, \(pass.options.activations)\(computing)
      weights: [K, C, H, W], f32; copied to the layout and type that oneDNN prefers once in each section
      fused: \(fusions)
      computed again in the backward pass (memory.recompute \(pass.options.recomputation.rawValue)): \(restored) outputs
      exchanges of statistics: \(exchanges("forward", pass.forward)), \(exchanges("backward", pass.backward))
      copies: \(copies)
    """
  }

  private var computing: String {
    guard pass.options.activations == .bf16, !pass.options.hasNativeBF16 else { return "" }
    return "; convolutions and matrix products in f32, for lack of instructions for bf16"
  }

  private var fusions: String {
    let kinds = pass.graph.nodes.map(\.operation.operation.kind).filter { $0.contains("+") }
    return kinds.isEmpty ? "nothing" : counted(kinds)
  }

  private var restored: Int {
    pass.steps[(pass.backward.first?.steps.lowerBound ?? pass.steps.count)...].count { $0.action == .forward }
  }

  private func exchanges(_ direction: String, _ sections: [ExecutionPlan.Section]) -> String {
    let sizes = sections.map(\.exchanges.count).filter { $0 > 0 }
    let layers = sizes.reduce(0, +)
    return "\(sizes.count) \(direction), of \(layers) layers"
  }

  private var copies: String {
    let all = pass.steps.filter { $0.action == .copy }
    guard !all.isEmpty else { return "none" }
    return counted(
      all.map { step in
        let (from, to) = (pass.buffers[step.inputs[0]!].type, pass.buffers[step.output!].type)
        return from == to ? "of gradients" : "\(from) to \(to)"
      })
  }

  /// `3 x a, 1 x b`, in the order of first occurrence.
  private func counted(_ words: [String]) -> String {
    var seen: [String] = []
    for word in words where !seen.contains(word) { seen.append(word) }
    return seen.map { word in "\(words.count { $0 == word }) x \(word)" }.joined(separator: ", ")
  }

  private func table(_ title: String, _ sections: [ExecutionPlan.Section]) -> String {
    var rows = [["section", "tiles", "images", "runs on every tile", "then exchanges"]]
    for (index, section) in sections.enumerated() {
      rows.append([
        "\(index + 1)", "\(pass.batch / section.tile)", "\(section.tile)", work(section),
        section.exchanges.map { pass.graph.nodes[$0].name }.joined(separator: ", "),
      ])
    }
    return "Sections, \(title)\n" + TextTable(rows, rightAligned: [0, 1, 2]).text
  }

  private func work(_ section: ExecutionPlan.Section) -> String {
    let isBackward = section.steps.lowerBound >= (pass.forward.last?.steps.upperBound ?? 0)
    return pass.steps[section.steps].compactMap { step in
      let name = pass.graph.nodes[step.node].name
      return switch step.action {
      case .forward: isBackward ? "\(name) again" : name
      case .gather: "moments of \(name)"
      case .gatherGradient: "sums of \(name)"
      case .backward: name
      case .sum, .copy: nil
      }
    }.joined(separator: ", ")
  }
}
