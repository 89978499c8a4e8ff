import Fabrics

extension Communicator {
  /// Gives every rank `root`'s bytes; all ranks give equally many. A binomial tree: log2 N hops.
  public func broadcast(_ bytes: UnsafeMutableRawBufferPointer, root: Int) throws {
    precondition((0..<worldSize).contains(root), "root \(root) of \(worldSize) ranks")
    let (sequence, tag) = begin()
    // Ranks are counted from the root. A rank's parent is its number without the lowest set bit; its children are its
    // number with one more bit set below that.
    let number = (rank - root + worldSize) % worldSize
    let lowestBit = number == 0 ? worldSize.nextPowerOfTwo : number & -number
    for start in stride(from: 0, to: bytes.count, by: messageBytes) {
      let end = min(start + messageBytes, bytes.count)
      let message = UnsafeMutableRawBufferPointer(rebasing: bytes[start..<end])
      if number > 0 {
        try receive(into: message, from: (number - lowestBit + root) % worldSize, tag: tag)
        try complete("broadcast", sequence)
      }
      var bit = lowestBit / 2
      while bit > 0 {
        if number + bit < worldSize {
          try send(UnsafeRawBufferPointer(message), to: (number + bit + root) % worldSize, tag: tag)
        }
        bit /= 2
      }
    }
    try complete("broadcast", sequence)
  }
}

extension Int {
  /// The smallest power of two that is at least this; this is positive.
  fileprivate var nextPowerOfTwo: Int {
    1 << (Int.bitWidth - (self - 1).leadingZeroBitCount)
  }
}
