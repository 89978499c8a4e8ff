import Collectives
import Fabrics
import TestSupport
import Testing

/// That a benchmark notices wrong answers. (That it runs, and what it returns, is one of the `CollectiveExercises`.)
struct BenchmarkTests {
  @Test(arguments: VendorFabric.Fault.allCases)
  func wrongAnswersAreNoticed(fault: VendorFabric.Fault) throws {
    let results = try runRanksAsThreads(worldSize: 3) { fabric in
      let plan = AllReduceBenchmarkPlan(
        elementCounts: [1, 5000], algorithms: [.mpi], repetitions: 4, rotationBytes: 50_000, sampleSeconds: 0)
      let faulty = try VendorFabric(fabric, fault: fault)
      let communicator = try Communicator(fabric: faulty, timeout: .seconds(60))
      do {
        _ = try benchmarkAllReduce(communicator, plan)
        return "nothing"
      } catch let error as AllReduceBenchmarkError {
        // The other ranks do not know.
        fabric.abort(status: 1)
        return "\(error)"
      }
    }
    let messages = results.compactMap { try? $0.get() }
    let said = "\(messages)"
    switch fault {
    case .none: #expect(messages == ["nothing", "nothing", "nothing"])
    case .lastElement, .lastElementLater: #expect(said.contains("element 4999 of the target is"), "\(said)")
    case .changedSource: #expect(said.contains("mpi: on rank 1, element 4999 of the source is"), "\(said)")
    case .nothingDone: #expect(said.contains("mpi in place: on rank 1, element 0 of the target is"), "\(said)")
    }
  }
}

/// A fabric whose library's all-reduce makes a mistake on rank 1.
final class VendorFabric: Fabric, VendorAllReduce {
  enum Fault: CaseIterable, Sendable {
    case none, nothingDone, lastElement, changedSource
    /// Right in the first checks of both sizes: what only a check after the timing finds.
    case lastElementLater
  }

  let vendorAllReduceName = "all-reduce with a fault"
  private let base: any Fabric
  private let fault: Fault
  private let communicator: Communicator
  private var calls = 0

  init(_ base: any Fabric, fault: Fault) throws {
    self.base = base
    self.fault = fault
    communicator = try Communicator(fabric: base, timeout: .seconds(60), sharesMemory: false)
  }

  func startVendorAllReduce(_ values: UnsafeMutableBufferPointer<Float>) throws -> Transfer {
    preconditionFailure("the benchmark waits for every all-reduce")
  }

  func vendorAllReduce(_ values: UnsafeMutableBufferPointer<Float>) throws {
    let first = values[0]
    try communicator.allReduce(values, label: "vendor")
    calls += 1
    guard rank == 1 else { return }
    switch fault {
    case .nothingDone: values[0] = first + 1000
    case .lastElement where values.count > 1: values[values.count - 1] += 1
    case .lastElementLater where values.count > 1 && calls > 24: values[values.count - 1] += 1
    default: break
    }
  }

  func vendorAllReduce(from source: UnsafeBufferPointer<Float>, into target: UnsafeMutableBufferPointer<Float>) throws {
    _ = target.update(fromContentsOf: source)
    try vendorAllReduce(target)
    if fault == .changedSource, rank == 1, source.count > 1 {
      UnsafeMutableBufferPointer(mutating: source)[source.count - 1] += 1
    }
  }

  var rank: Int { base.rank }
  var worldSize: Int { base.worldSize }
  var hostOfRank: [Int] { base.hostOfRank }
  var hostName: String { base.hostName }
  func startSend(_ bytes: UnsafeRawBufferPointer, to peer: Int, tag: Int) throws -> Transfer {
    try base.startSend(bytes, to: peer, tag: tag)
  }
  func startReceive(into bytes: UnsafeMutableRawBufferPointer, from peer: Int, tag: Int) throws -> Transfer {
    try base.startReceive(into: bytes, from: peer, tag: tag)
  }
  func isFinished(_ transfer: Transfer) throws -> Bool { try base.isFinished(transfer) }
  func senderOfMessage(tag: Int) throws -> Int? { try base.senderOfMessage(tag: tag) }
  func hasMessage(from peer: Int, tag: Int) throws -> Bool { try base.hasMessage(from: peer, tag: tag) }
  func idle(afterPolls polls: Int) { base.idle(afterPolls: polls) }
  func abort(status: Int32) { base.abort(status: status) }
  func finalize() throws { try base.finalize() }
}
