import CSharedMemory

/// What the ranks of a host tell each other through shared memory: words that only their owner writes.
///
/// Each rank's part holds a record of what it is doing, a counter of exchanges, flags for the all-reduces under way, and
/// slots for the bytes of exchanges. All flags only grow, so that "at least" is the only question.
struct NodeBoard {
  static let slotBytes = 256 << 10
  /// Exchanges that a rank can be ahead of its slowest neighbour.
  private static let slots: UInt64 = 4

  private let window: SharedWindow
  /// This rank's place among those of its host.
  let position: Int
  var ranks: Int { window.parts.count }

  // Offsets in a part. Words that different ranks wait for have cache lines of their own.
  private static let flagsOffset = 1024
  private static let flagsStride = 128
  private static let slotsOffset = flagsOffset + MessageTags.underWay * flagsStride
  private static let slotStride = 128 + slotBytes
  static let bytesPerRank = slotsOffset + Int(slots) * slotStride

  init(_ window: SharedWindow, position: Int) {
    assert(MemoryLayout<Heading>.size <= 96 && MemoryLayout<RankRecord>.size <= Self.flagsOffset - 64)
    (self.window, self.position) = (window, position)
  }

  private func word(_ rank: Int, _ offset: Int) -> UnsafeMutablePointer<UInt64> {
    (window.parts[rank] + offset).assumingMemoryBound(to: UInt64.self)
  }

  private func heading(_ rank: Int, _ offset: Int) -> UnsafeMutablePointer<Heading> {
    (window.parts[rank] + offset).assumingMemoryBound(to: Heading.self)
  }

  /// What a neighbour last noted about itself. It may be writing just now: for reports alone.
  func record(of rank: Int) -> UnsafeMutablePointer<RankRecord> {
    (window.parts[rank] + 64).assumingMemoryBound(to: RankRecord.self)
  }
}

// All-reduces: each rank says that its values are there, and that it has finished with the others'.
extension NodeBoard {
  private func flagsOffset(_ slot: Int) -> Int { Self.flagsOffset + slot * Self.flagsStride }

  /// Offers this rank's values for the all-reduce of `heading`.
  func arrive(_ own: Heading, slot: Int) {
    heading(position, flagsOffset(slot)).initialize(to: own)
    csm_store_release(word(position, flagsOffset(slot) + 96), own.sequence + 1)
  }

  /// What `rank` takes part in; nil when it has not come as far as `sequence`.
  func arrival(of rank: Int, sequence: UInt64, slot: Int) -> Heading? {
    guard csm_load_acquire(word(rank, flagsOffset(slot) + 96)) > sequence else { return nil }
    return heading(rank, flagsOffset(slot)).pointee
  }

  func leave(sequence: UInt64, slot: Int) {
    csm_store_release(word(position, flagsOffset(slot) + 104), sequence + 1)
  }

  func hasLeft(_ rank: Int, sequence: UInt64, slot: Int) -> Bool {
    csm_load_acquire(word(rank, flagsOffset(slot) + 104)) > sequence
  }
}

// Exchanges: each rank lays its bytes into a slot. The slot is used again once every rank of the host has gone on.
extension NodeBoard {
  private func slotOffset(_ index: UInt64) -> Int { Self.slotsOffset + Int(index % Self.slots) * Self.slotStride }

  /// A rank whose last use of the slot that exchange `index` takes may not be over; nil when the slot is free.
  func rankStillReading(before index: UInt64) -> Int? {
    guard index >= Self.slots else { return nil }
    return (0..<ranks).first { csm_load_acquire(word($0, 0)) < index - Self.slots + 1 }
  }

  func publish(_ own: Heading, _ bytes: UnsafeRawBufferPointer, index: UInt64) {
    let offset = slotOffset(index)
    heading(position, offset).initialize(to: own)
    payload(of: position, index: index, count: bytes.count).copyMemory(from: bytes)
    csm_store_release(word(position, offset + 96), index + 1)
  }

  func hasPublished(_ rank: Int, index: UInt64) -> Bool {
    csm_load_acquire(word(rank, slotOffset(index) + 96)) > index
  }

  func publishedHeading(of rank: Int, index: UInt64) -> Heading { heading(rank, slotOffset(index)).pointee }

  func payload(of rank: Int, index: UInt64, count: Int) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: window.parts[rank] + slotOffset(index) + 128, count: count)
  }

  /// Says that this rank is done with all exchanges before `index`.
  func goOn(to index: UInt64) { csm_store_release(word(position, 0), index) }
}
