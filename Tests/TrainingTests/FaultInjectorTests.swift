import Collectives
import Foundation
import Logging
import Network
import Testing
import Training

/// Faults strike where they were told to, once, and nowhere else.
@Suite struct FaultInjectorTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func plan(_ overrides: String...) throws -> RunPlan {
    try tinyPlan(worldSize: 2, ["output=\(folder.path)"] + overrides)
  }

  private static func injector(
    _ texts: [String], _ plan: RunPlan, rank: Int, resume: JobRequest.Resume = .never
  ) throws -> FaultInjector {
    try FaultInjector(
      try texts.map { try FaultInjection($0) }, plan: plan, rank: rank, resume: resume,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  }

  private struct Outcome: Sendable {
    var parameters: [UInt32] = []
    var velocity: [UInt32] = []
    var failure: JobFailure?
  }

  /// Two steps of two ranks.
  private func train(_ texts: String..., overrides: String = "seed=1") throws -> [Outcome] {
    let plan = try plan(overrides)
    return try onRanks(2) { communicator in
      let faults = try Self.injector(texts, plan, rank: communicator.rank)
      let training = try TrainingStep(plan, communicator: communicator, threads: 1, faults: faults)
      let failure = try jobFailure {
        for step in 0..<2 {
          let batch = SmallBatch(plan.samples(step: step, rank: communicator.rank))
          _ = try batch.withLocal { try training.run($0, rate: 0.02) }
        }
      }
      return Outcome(
        parameters: training.replica.parameters.map(\.bitPattern), velocity: training.update.velocity.map(\.bitPattern),
        failure: failure)
    }
  }

  private func element(_ parameter: String, _ index: Int) throws -> Int {
    try #require(try plan().parameters.parameters.part(named: parameter)).offset / 4 + index
  }

  private func differences(_ a: [UInt32], _ b: [UInt32]) -> [Int: UInt32] {
    Dictionary(uniqueKeysWithValues: zip(a, b).enumerated().filter { $1.0 != $1.1 }.map { ($0, $1.0 ^ $1.1) })
  }

  @Test func aBitOfAWeightOrAMomentumIsThatBitOfThatRank() throws {
    let plain = try train()
    let place = try element("conv2.weight", 7)
    let weight = try train("weight-bit,1,2,update,conv2.weight/7/3")
    #expect(differences(weight[1].parameters, plain[1].parameters) == [place: 8])
    #expect(weight[1].velocity == plain[1].velocity && weight[0].parameters == plain[0].parameters)
    let momentum = try train("momentum-bit,0,2,update,conv2.weight/7/31")
    #expect(differences(momentum[0].velocity, plain[0].velocity) == [place: 1 << 31])
    #expect(momentum[0].parameters == plain[0].parameters && momentum[1].velocity == plain[1].velocity)
  }

  @Test func aBitOfAGradientReachesAllAndOneOfASumStaysWithItsRank() throws {
    let plain = try train()
    let place = try element("fc.bias", 2)
    let gradient = try train("gradient-bit,1,2,exchange,fc.bias/2/30")
    #expect(gradient[0].parameters == gradient[1].parameters)
    #expect(differences(gradient[0].parameters, plain[0].parameters).keys.sorted() == [place])
    let sum = try train("bucket-bit,0,2,exchange,fc.bias/2/20")
    #expect(differences(sum[0].parameters, plain[0].parameters).keys.sorted() == [place])
    #expect(sum[1].parameters == plain[1].parameters)
  }

  @Test(arguments: ["nan", "infinity"]) func whatIsNotFiniteStopsAll(kind: String) throws {
    for outcome in try train("\(kind),1,1,exchange,conv2.weight/3") {
      #expect(outcome.failure?.description.contains("conv2.weight") == true, "\(outcome.failure as Any)")
    }
  }

  @Test func whatIsNotGivenIsDrawnFromTheSeed() throws {
    func changed(_ overrides: String) throws -> [Int: UInt32] {
      differences(
        try train("weight-bit,1,2,update", overrides: overrides)[1].parameters,
        try train(overrides: overrides)[1].parameters)
    }
    let first = try changed("seed=1")
    #expect(first.count == 1 && first.values.allSatisfy { $0.nonzeroBitCount == 1 })
    #expect(try changed("seed=1") == first)
    #expect(try changed("seed=2") != first)
  }

  @Test func aFaultHappensOnceInARun() throws {
    let plan = try plan()
    var memory = [Float](repeating: 1, count: plan.parameters.parameters.bytes / 4)
    func strikes(_ injector: FaultInjector, step: Int) throws -> Bool {
      injector.begin(step: step)
      let before = memory
      try memory.withUnsafeMutableBufferPointer { try injector.spoil(.weights, $0, elements: $0.indices) }
      return memory != before
    }
    let texts = ["weight-bit,0,2,update,fc.weight/1/2"]
    let first = try Self.injector(texts, plan, rank: 0)
    #expect(try [1, 2, 2, 3].map { try strikes(first, step: $0) } == [false, true, false, false])
    #expect(try strikes(Self.injector(texts, plan, rank: 0, resume: .auto), step: 2) == false, "it is noted")
    #expect(try strikes(Self.injector(texts, plan, rank: 0, resume: .never), step: 2), "the run is begun anew")
    #expect(try strikes(Self.injector(texts, plan, rank: 1), step: 2) == false, "another rank's")
  }

  @Test func aDelayTakesItsTimeAtItsTime() throws {
    let faults = try Self.injector(["delay,0,2,exchange,0.2", "delay,0,3,load,0.1"], plan(), rank: 0)
    func seconds(_ phase: FaultPhase, step: Int) throws -> Double {
      faults.begin(step: step)
      let start = Date()
      try faults.reach(phase)
      return Date().timeIntervalSince(start)
    }
    #expect(try seconds(.exchange, step: 1) < 0.1)
    #expect(try seconds(.load, step: 2) < 0.1)
    #expect(try seconds(.exchange, step: 2) >= 0.2)
    #expect(try seconds(.exchange, step: 2) < 0.1)
    #expect(try seconds(.load, step: 3) >= 0.1)
  }

  @Test(arguments: [
    ("kill,2,1,load", "world size of 2"), ("kill,1,7,load", "the run's 6"),
    ("nan,1,1,exchange,fc.wait", "no parameter fc.wait. It has conv1.weight"),
    ("nan,0,1,exchange,fc.bias/4", "fc.bias has 4 elements; expected one of them, got 4"),
  ])
  func whatDoesNotFitTheRunIsRefused(text: String, words: String) throws {
    for rank in 0..<2 {
      do {
        _ = try Self.injector([text], plan(), rank: rank)
        Issue.record("accepted")
      } catch let error as RunError {
        #expect(error.status == .usage && error.description.contains(words), "\(error)")
      }
    }
  }
}
