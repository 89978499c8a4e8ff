import Checkpoints
import Collectives
import Data
import Foundation

/// What a checkpoint tells of the images that its network was trained on: enough to evaluate it where they are not.
package struct TrainedOn: Hashable, Sendable, Codable {
  /// Labels are indices into them. Empty where their names are too long for a checkpoint's state.
  package let classes: [String]
  /// How many there were.
  package let images: Int

  private static let mostBytes = 4 << 20

  package init(classes: [String], images: Int) {
    let bytes = classes.reduce(0) { $0 + $1.utf8.count }
    self.classes = bytes <= Self.mostBytes ? classes : []
    self.images = images
  }
}

extension TrainedOn {
  /// Of a checkpoint that rank 0 alone needs to see. Every rank calls it; every rank throws when it cannot be read.
  init(ofCheckpoint path: String, communicator: Communicator) throws {
    let own = try Consensus(communicator: communicator).attempt {
      communicator.rank == 0 ? try Checkpoint(named: path).state().trainedOn(path: path) : nil
    }
    let messages = try communicator.allGather(try own.map { Array(try $0.json().utf8) } ?? [])
    try self.init(json: String(decoding: messages[0], as: UTF8.self))
  }

  /// Equal values give equal text, so that equal checkpoints are equal files.
  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  init(json text: String) throws { self = try JSONDecoder().decode(TrainedOn.self, from: Foundation.Data(text.utf8)) }
}

/// Training images that are known by their number alone.
struct AbsentImages: DataSet {
  let count: Int
  let classes: [String]

  init(_ trainedOn: TrainedOn) { (count, classes) = (trainedOn.images, trainedOn.classes) }

  func label(of sample: Int) -> Int { 0 }

  func name(of sample: Int) -> String { "training image \(sample)" }

  func read(_ sample: Int, into bytes: inout ByteBuffer) throws(DataError) -> StoredForm {
    throw .unreadable(path: name(of: sample), reason: "to evaluate, training images are not opened")
  }
}
