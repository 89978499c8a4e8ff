import Tensors

/// The buffers of one message size, used in turn; filled with `BenchmarkValues`.
struct RotatingBuffers {
  /// Where one call finds values and leaves sums.
  struct Pair {
    /// This rank's values; empty where the plan has no sources.
    let source: UnsafeBufferPointer<Float>
    /// This rank's values, or what earlier calls left, and then the sums.
    let target: UnsafeMutableBufferPointer<Float>

    func copy() { _ = target.update(fromContentsOf: source) }
  }

  private let plan: RotationPlan
  private let memory: UnsafeMutableRawBufferPointer
  private let elements: Int
  private let values: BenchmarkValues
  private var nextIndex = 0
  private var usesSinceFill = 0

  var count: Int { plan.count }

  /// - Parameter memory: `plan.totalBytes` or more, aligned to a cache line; stays the caller's.
  init(_ plan: RotationPlan, elements: Int, values: BenchmarkValues, in memory: UnsafeMutableRawBufferPointer) {
    precondition(memory.count >= plan.totalBytes, "\(memory.count) of \(plan.totalBytes) bytes")
    self.plan = plan
    self.memory = memory
    self.elements = elements
    self.values = values
    for index in 0..<plan.count where plan.hasSources { values.fill(buffer(plan.count + index)) }
    fillTargets()
  }

  /// The buffers that have not been used for longest.
  mutating func next() -> Pair {
    let index = nextIndex
    nextIndex = (nextIndex + 1) % plan.count
    usesSinceFill += 1
    let source =
      plan.hasSources ? UnsafeBufferPointer(buffer(plan.count + index)) : UnsafeBufferPointer(start: nil, count: 0)
    return Pair(source: source, target: buffer(index))
  }

  /// Makes sure that `calls` more sums in place cannot overflow: each multiplies the values by about the world size. What
  /// is filled is a whole set, in the order of its use, so this warms no cache; most samples need none.
  mutating func prepare(calls: Int) {
    if usesSinceFill + calls > plan.count * values.usesBeforeOverflow { fillTargets() }
  }

  private mutating func fillTargets() {
    for offset in 0..<plan.count { values.fill(buffer((nextIndex + offset) % plan.count)) }
    usesSinceFill = 0
  }

  /// Targets come first, then sources.
  private func buffer(_ index: Int) -> UnsafeMutableBufferPointer<Float> {
    let start = index * plan.stride
    return UnsafeMutableRawBufferPointer(rebasing: memory[start..<start + elements * ElementType.f32.bytes])
      .bindMemory(to: Float.self)
  }
}
