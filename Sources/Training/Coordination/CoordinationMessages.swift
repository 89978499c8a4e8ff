import Foundation

/// What the trainers' first rank tells the coordinator's rank, in the order of steps.
enum TrainersMessage: Codable, Sendable {
  /// Nothing but that it lives: while the trainers wait for the coordinator.
  case alive
  case step(StepReport)
  case epoch(EpochReport)
  case badSamples([BadSampleReport])
  case nonFinite(NonFiniteStep, NumbersDecision)
  case skipped(NonFiniteStep, epoch: Int, samples: Int)
  /// The bytes of a snapshot are on their way.
  case snapshot(SnapshotNotice)
  /// The trainers have done their part.
  case ended(RunEnd)
  /// The last word, after the coordinator's.
  case left
}

/// What the coordinator's rank tells the trainers' first one.
enum CoordinatorMessage: Codable, Sendable {
  /// Nothing but that it lives.
  case alive
  /// It was asked to stop, or has seen a reason to.
  case stop
  /// It cannot go on, with the exit status and the reason.
  case failed(Int32, String)
  /// The last word, after the trainers have ended: everything that was handed over is done; the status that all ranks leave with.
  case finished(Int32)
}

/// What a snapshot is of, and what it is for.
struct SnapshotNotice: Codable, Sendable {
  let position: RunPosition
  let isEvaluated: Bool
  let isSaved: Bool
  /// For how long the trainers stood still.
  let stallSeconds: Double
  /// Of its parts; the coordinator's must have the same.
  let sizes: [Int]
}

/// How a run ended for the trainers.
struct RunEnd: Codable, Sendable {
  let status: Int32
  /// Steps done.
  let step: Int
  /// Why the trainers stop before the end, as far as they know.
  let reason: String
  /// What went wrong, if anything did.
  private let reports: [JobFailure.Report]
  private let worldSize: Int

  init(_ status: ExitStatus, step: Int, reason: String) {
    (self.status, self.step, self.reason, reports, worldSize) = (status.rawValue, step, reason, [], 0)
  }

  init(_ failure: JobFailure, step: Int) {
    (status, self.step, reason) = (failure.status.rawValue, step, "")
    (reports, worldSize) = (failure.reports, failure.worldSize)
  }

  var exitStatus: ExitStatus { ExitStatus(rawValue: status) ?? .internalError }

  /// What all trainers threw; nil where they have done what they were to do.
  var failure: JobFailure? {
    reports.isEmpty ? nil : JobFailure(status: exitStatus, reports: reports, worldSize: worldSize)
  }
}

/// How messages are written: doubles come back to the bit, also those that are not finite.
enum MessageText {
  static func bytes(_ message: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return Array(try encoder.encode(message))
  }

  static func message<Message: Decodable>(_ bytes: [UInt8]) throws -> Message {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return try decoder.decode(Message.self, from: Foundation.Data(bytes))
  }
}
