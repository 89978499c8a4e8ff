/// Where the gradients are while the backward pass is being planned, and whose.
struct GradientPlan {
  /// The buffer of each value's gradient, complete or not.
  private(set) var ofValue: [Int?]
  private(set) var ofOutputs: [Int] = []
  /// The values whose gradient a buffer holds and will still be read for.
  private var holders: [Int: Set<Int>] = [:]

  init(values: Int) { ofValue = Array(repeating: nil, count: values) }

  mutating func set(_ buffer: Int, of value: Int) {
    ofValue[value] = buffer
    holders[buffer, default: []].insert(value)
  }

  mutating func setOutput(_ buffer: Int, of value: Int) {
    set(buffer, of: value)
    ofOutputs.append(buffer)
  }

  mutating func release(_ buffer: Int, of value: Int) { holders[buffer]?.remove(value) }

  func isHeld(_ buffer: Int, onlyBy value: Int) -> Bool { holders[buffer] == [value] }

  func isFree(_ buffer: Int) -> Bool { holders[buffer, default: []].isEmpty }
}
