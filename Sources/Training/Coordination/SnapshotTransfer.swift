import Fabrics

/// The bytes of a snapshot on their way from one rank to another, while both do something else. The memory must stay as it is
/// until they have arrived.
final class SnapshotTransfer {
  private let fabric: any Fabric
  private var underWay: [Transfer] = []

  /// Above those of collectives, and the one of messages.
  private static let tag = 10_001

  private init(_ fabric: any Fabric) { self.fabric = fabric }

  /// Large messages, so that the library moves them on whenever anybody calls it.
  private static func pieces(_ memory: [UnsafeMutableRawBufferPointer]) -> [UnsafeMutableRawBufferPointer] {
    memory.flatMap { part in
      stride(from: 0, to: part.count, by: maximumMessageBytes).map {
        UnsafeMutableRawBufferPointer(rebasing: part[$0..<min($0 + maximumMessageBytes, part.count)])
      }
    }
  }

  static func sending(
    _ memory: [UnsafeMutableRawBufferPointer], to peer: Int, over fabric: any Fabric
  ) throws -> SnapshotTransfer {
    let transfer = SnapshotTransfer(fabric)
    for piece in pieces(memory) {
      transfer.underWay.append(try fabric.startSend(UnsafeRawBufferPointer(piece), to: peer, tag: tag))
    }
    return transfer
  }

  static func receiving(
    into memory: [UnsafeMutableRawBufferPointer], from peer: Int, over fabric: any Fabric
  ) throws -> SnapshotTransfer {
    let transfer = SnapshotTransfer(fabric)
    for piece in pieces(memory) {
      transfer.underWay.append(try fabric.startReceive(into: piece, from: peer, tag: tag))
    }
    return transfer
  }

  /// Moves it on; true once all bytes are there.
  func isFinished() throws -> Bool {
    while let first = underWay.first {
      guard try fabric.isFinished(first) else { return false }
      underWay.removeFirst()
    }
    return true
  }
}
