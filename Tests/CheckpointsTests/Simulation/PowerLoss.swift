/// The disks that a power loss may leave, after Pillai et al., "All File Systems Are Not Created Equal" (OSDI 2014),
/// whose tool ALICE does this to databases.
///
/// A write goes to the disk in pieces, which come there in any order, or not; where a file has its size already, zeros are
/// in their place. So do the entries of folders: a creation, a renaming (as a whole) or a removal may be there without
/// those before it. Only a sync of the file or of the folder puts an end to that, for what came before it. That is less
/// than any journaling file system promises: those keep entries in order.
struct PowerLoss {
  let base: DiskTree
  let log: [SimulatedDisk.Event]

  /// Numbers of the changes among the first `count` events that no sync has made durable.
  func pending(at count: Int) -> [Int] {
    var pending: [Int] = []
    for (number, event) in log[..<count].enumerated() {
      switch event {
      case .change: pending.append(number)
      case .sync(let synced, _):
        pending.removeAll { if case .change(let change) = log[$0] { change.node == synced } else { false } }
      }
    }
    return pending
  }

  /// The disk after the first `count` events of which those in `lost` never got there.
  func tree(at count: Int, without lost: Set<Int>) -> DiskTree {
    var tree = base
    for (number, event) in log[..<count].enumerated() where !lost.contains(number) {
      if case .change(let change) = event { tree.apply(change) }
    }
    return tree
  }

  /// Calls `body` with every disk, once, that lacks at most `depth` of the pending changes, or has at most so many.
  func forEachTree(at count: Int, depth: Int, _ body: (DiskTree) throws -> Void) rethrows {
    let pending = pending(at: count)
    var seen: Set<[String: [UInt8]?]> = []
    func visit(_ lost: Set<Int>) throws {
      let tree = tree(at: count, without: lost)
      if seen.insert(tree.visible).inserted { try body(tree) }
    }
    try forEachSubset(of: pending, upTo: depth) { chosen in
      try visit(chosen)
      // What is not far from everything has been visited by the other way.
      if pending.count - chosen.count > depth { try visit(Set(pending).subtracting(chosen)) }
    }
  }

  private func forEachSubset(
    of elements: [Int], upTo count: Int, from start: Int = 0, _ chosen: Set<Int> = [], _ body: (Set<Int>) throws -> Void
  ) rethrows {
    try body(chosen)
    if chosen.count == count { return }
    for index in elements.indices.dropFirst(start) {
      try forEachSubset(of: elements, upTo: count, from: index + 1, chosen.union([elements[index]]), body)
    }
  }
}
