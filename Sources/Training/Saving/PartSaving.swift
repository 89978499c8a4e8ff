import Checkpoints
import Collectives
import Foundation
import Platform
import Tensors

/// Saves the optimizer's state where the update is sharded: each rank copies its own part of it between two steps, and writes
/// the copy on a thread of its own into the folder of the checkpoint that rank 0 has begun.
///
/// Every rank has one, and calls everything at the same steps as the others.
final class PartSaving {
  private let communicator: Communicator
  private let update: ParameterUpdate
  private let files: any FileOperations
  private let copy: AlignedBuffer
  /// Of the copy.
  private let part: OptimizerPart
  private let task: BackgroundTask<[UInt8]>
  /// Of every rank.
  let planned: [PlannedFile]

  /// What ranks tell each other of their parts: a mark, and the file or the error.
  private static let (written, failed): (UInt8, UInt8) = (0, 1)

  init(_ update: ParameterUpdate, communicator: Communicator, files: any FileOperations) throws {
    (self.update, self.communicator, self.files) = (update, communicator, files)
    task = try Consensus(communicator: communicator).attempt { try BackgroundTask(for: "writing parts of checkpoints") }
    copy = AlignedBuffer(bytes: update.velocity.count * ElementType.f32.bytes)
    part = OptimizerPart(
      update.slices(in: UnsafeRawBufferPointer(copy.bytes)), number: communicator.rank + 1, of: communicator.worldSize)
    planned = try communicator.allGather(try JSONEncoder().encode(part.planned).map(\.self)).map {
      try JSONDecoder().decode(PlannedFile.self, from: Data($0))
    }
  }

  /// Whether all ranks see what rank 0 writes to a folder. Every rank calls it.
  static func isPossible(in folder: OutputFolder, communicator: Communicator) throws -> Bool {
    let path = "\(folder.path)/.shared"
    let own = communicator.rank == 0 ? "\(UUID())" : ""
    // A folder that cannot be written to will say so when there is something to write.
    if communicator.rank == 0 { try? DurableFile.write(own, to: path) }
    let token = try communicator.allGather(Array(own.utf8))[0]
    let sees = (try? readFile(path)) == token
    let all = try communicator.sum([sees ? 1 : 0])[0] == communicator.worldSize
    if communicator.rank == 0 { try? FileManager.default.removeItem(atPath: path) }
    return all
  }

  /// Copies this rank's part and begins to write it.
  ///
  /// - Parameter folder: of the checkpoint that was begun, as rank 0 knows it; nil where it could not be.
  func start(inFolder folder: String?) throws {
    let folder = String(decoding: try communicator.allGather(Array((folder ?? "").utf8))[0], as: UTF8.self)
    if folder.isEmpty { return }
    copy.bytes.copyMemory(from: UnsafeRawBufferPointer(update.velocity))
    let (part, files) = (part, files)
    task.start {
      do {
        return [Self.written] + (try part.write(inFolder: folder, files: files).json)
      } catch {
        return [Self.failed] + Array("\(error)".utf8)
      }
    }
  }

  /// Whether this rank's part has been written, or could not be.
  var isDone: Bool { task.isDone }

  func wait(atMost seconds: Double) { task.wait(atMost: seconds) }

  /// What became of all parts, once they are done on every rank.
  func gather() throws -> Result<[CheckpointManifest.File], RunError> {
    let own = task.take(waiting: 60) ?? [Self.failed] + Array("its part takes too long".utf8)
    let all = try communicator.allGather(own)
    for (rank, message) in all.enumerated() where message.first != Self.written {
      let text = String(decoding: message.dropFirst(), as: UTF8.self)
      return .failure(RunError(.output, "rank \(communicator.jobRanks[rank]): \(text)"))
    }
    return .success(try all.map { try CheckpointManifest.File(json: Array($0.dropFirst())) })
  }
}
