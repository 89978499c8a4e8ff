import Tensors

/// Buffers while a plan is being made, and the steps and sections that use them: how large they are and where they lie is
/// not known before the last step is.
struct BufferDrafts {
  private struct Draft {
    let label: String
    let type: ElementType
    let bytesPerSample: Int
    /// From the first use to the last.
    var steps: ClosedRange<Int>?
    var sections: ClosedRange<Int>?
  }

  private struct Section {
    let steps: ClosedRange<Int>
    let tile: Int
  }

  private var drafts: [Draft] = []
  private var endedSections: [Section] = []
  private var stepCount = 0

  mutating func add(_ label: String, _ type: ElementType, bytesPerSample: Int) -> Int {
    drafts.append(Draft(label: label, type: type, bytesPerSample: bytesPerSample))
    return drafts.count - 1
  }

  /// One more step of the current section, and the buffers that it reads and writes.
  mutating func addStep(using buffers: [Int]) {
    for buffer in buffers {
      drafts[buffer].steps = drafts[buffer].steps.extended(to: stepCount)
      drafts[buffer].sections = drafts[buffer].sections.extended(to: endedSections.count)
    }
    stepCount += 1
  }

  /// - Parameter tile: samples of a tile.
  mutating func endSection(tile: Int) {
    let firstStep = endedSections.last.map { $0.steps.upperBound + 1 } ?? 0
    endedSections.append(Section(steps: firstStep...stepCount - 1, tile: tile))
  }

  func type(_ buffer: Int) -> ElementType { drafts[buffer].type }
  func bytesPerSample(_ buffer: Int) -> Int { drafts[buffer].bytesPerSample }

  /// The buffers with their sizes, lifetimes and places, and the bytes of the arena.
  func placed(batch: Int) -> (buffers: [ExecutionPlan.Buffer], bytes: Int) {
    var buffers = drafts.map { placed($0, batch: batch) }
    let packed = packIntervals(buffers.map(\.interval))
    for (index, offset) in packed.offsets.enumerated() { buffers[index].offset = offset }
    return (buffers, packed.bytes)
  }

  private func placed(_ draft: Draft, batch: Int) -> ExecutionPlan.Buffer {
    guard let steps = draft.steps, let sections = draft.sections else {
      preconditionFailure("nobody uses \(draft.label)")
    }
    let (first, last) = (endedSections[sections.lowerBound], endedSections[sections.upperBound])
    let isTile = sections.count == 1
    let samples = isTile ? min(first.tile, batch) : batch
    // A section's steps are run for one tile after the other: what outlives a tile lives from the first step to the last.
    let lifetime = isTile ? steps : first.steps.lowerBound...last.steps.upperBound
    return ExecutionPlan.Buffer(
      label: draft.label, type: draft.type, bytesPerSample: draft.bytesPerSample, samples: samples, isTile: isTile,
      interval: Interval(
        bytes: samples * draft.bytesPerSample, firstStep: lifetime.lowerBound, lastStep: lifetime.upperBound),
      offset: 0)
  }
}

extension ClosedRange<Int>? {
  /// The smallest range that holds this one and a number.
  fileprivate func extended(to number: Int) -> ClosedRange<Int> {
    guard let self else { return number...number }
    return Swift.min(self.lowerBound, number)...Swift.max(self.upperBound, number)
  }
}
