import Collectives
import Fabrics
import Foundation
import TestSupport
import Training

/// Runs the exercises of the fabrics and collectives as one rank of `mpirun`: exit status 0, or 1 with the reason.
///
/// Further uses, by first argument: `throw RANK` has one rank leave with an error while the others wait for it;
/// `skip`, `reorder`, `size`, `type` or `early`, each with `RANK SEED TIMEOUT`, has a rank do something else than the others
/// (`MismatchExercise`); every rank then ends as one of dist-train does, with 71;
/// `benchmark BYTES REPETITIONS [PIECE_ELEMENTS...]` times all-reduces and prints a line for each.
@main struct Main {
  static func main() {
    let fabric: MPIFabric
    do {
      fabric = try MPIFabric.inTime()
    } catch {
      complain("\(error)")
      exit(1)
    }
    do {
      try run(Array(CommandLine.arguments.dropFirst()), fabric)
      try fabric.finalizeInTime()
    } catch  where error is RanksLost || error is CollectiveMismatch {
      fabric.leaveJob(saying: error)
    } catch {
      complain("rank \(fabric.rank): \(error)")
      fabric.abort(status: 1)
    }
  }

  private static func run(_ arguments: [String], _ fabric: MPIFabric) throws {
    if let fault = arguments.first.flatMap(MismatchExercise.Fault.init) {
      return try differ(fault, arguments.dropFirst().compactMap { Int($0) }, fabric)
    }
    switch arguments.first {
    case "throw":
      try throwOnOneRank(Int(arguments[1]) ?? 0, fabric)
    case "benchmark":
      try benchmark(arguments.dropFirst().compactMap { Int($0) }, fabric)
    default:
      try FabricExercises(fabric).runAll()
      try CollectiveExercises(fabric).runAll()
      // One process cannot be on several hosts, but it can be told so.
      for hosts in [[1], [2], [1, 3]] where fabric.worldSize > 1 {
        try CollectiveExercises(HostsFabric(fabric, hosts: hosts)).runAll()
      }
      try GroupExercises(fabric).runAll()
      if fabric.rank == 0 { print("\(fabric.worldSize) ranks passed") }
    }
  }

  private static func differ(_ fault: MismatchExercise.Fault, _ numbers: [Int], _ fabric: MPIFabric) throws {
    guard numbers.count == 3 else { throw ExerciseFailure("expected RANK SEED TIMEOUT") }
    StopRequest.listen()
    let communicator = try Communicator.ofJob(fabric: fabric, timeout: .seconds(numbers[2]))
    var exercise = try MismatchExercise(communicator, fault, culprit: numbers[0], seed: UInt64(numbers[1]))
    try exercise.run { complain("\($0) at \(Date().timeIntervalSince1970)") }
  }

  private static func throwOnOneRank(_ rank: Int, _ fabric: MPIFabric) throws {
    if fabric.rank == rank { throw ExerciseFailure("thrown on purpose") }
    try Communicator(fabric: fabric, timeout: .seconds(60)).barrier()
  }

  private static func benchmark(_ numbers: [Int], _ fabric: MPIFabric) throws {
    for pieceElements in numbers.count > 2 ? Array(numbers[2...]) : [MessageSizes().pieceElements] {
      var sizes = MessageSizes()
      sizes.pieceElements = pieceElements
      let communicator = try Communicator(fabric: fabric, timeout: .seconds(60), sizes: sizes)
      let plan = AllReduceBenchmarkPlan(elementCounts: [numbers[0] / 4], inPlaceOnly: true, repetitions: numbers[1])
      let timings = try benchmarkAllReduce(communicator, plan)
      guard fabric.rank == 0 else { continue }
      for timing in timings {
        print(
          "\(timing.ranks) ranks, \(timing.bytes) bytes, pieces of \(pieceElements):",
          timing.contender.algorithm.rawValue,
          String(
            format: "p50 %.3f ms, p90 %.3f ms, bus %.3f GB/s", timing.secondsP50 * 1e3, timing.secondsP90 * 1e3,
            timing.busGigabytesPerSecond))
      }
    }
  }

  private static func complain(_ message: String) {
    FileHandle.standardError.write(Data((message + "\n").utf8))
  }
}
