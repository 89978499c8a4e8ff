import COneDNN
import Foundation
import Kernels
import Testing

@Suite struct ThreadTeamTests {
  @Test(arguments: [1, 2, 3, 8], [0, 1, 2, 5, 64]) func everyPartRunsOnce(threads: Int, parts: Int) throws {
    let team = try Engine(threads: threads).team
    var runs = [Int](repeating: 0, count: parts)
    runs.withUnsafeMutableBufferPointer { runs in
      for _ in 0..<20 { team.run(parts) { runs[$0] += 1 } }
    }
    #expect(runs == Array(repeating: 20, count: parts))
  }

  @Test func partsRunOnDifferentThreads() throws {
    let team = try Engine(threads: 2).team
    var threads = [pthread_t](repeating: pthread_self(), count: 2)
    threads.withUnsafeMutableBufferPointer { threads in team.run(2) { threads[$0] = pthread_self() } }
    #expect(threads[0] != threads[1])
    #expect(threads[0] == pthread_self())
  }

  @Test(arguments: [1, 2, 3, 7], [0, 1, 2, 6, 7, 100]) func rangesCoverEverythingInOrder(parts: Int, count: Int) {
    let ranges = (0..<parts).map { ThreadTeam.range($0, of: parts, count: count) }
    #expect(ranges.flatMap { Array($0) } == Array(0..<count))
    #expect(ranges.map(\.count).max()! - ranges.map(\.count).min()! <= 1)
  }

  @Test func smallWorkIsNotSplit() throws {
    let team = try Engine(threads: 3).team
    #expect(team.parts(of: 99, atLeast: 100) == 1)
    #expect(team.parts(of: 200, atLeast: 100) == 2)
    #expect(team.parts(of: 1000, atLeast: 100) == 3)
    #expect(team.parts(of: 0, atLeast: 100) == 1)
  }

  /// Without OpenMP nothing can be asked of oneDNN but the one thread that it then has.
  @Test func threadsWithoutOpenMP() throws {
    #expect(try makeTeam(threads: 1, openMP: nil, runtime: DNNL_RUNTIME_SEQ).threads == 1)
    for (threads, runtime) in [(2, DNNL_RUNTIME_SEQ), (2, DNNL_RUNTIME_TBB), (1, DNNL_RUNTIME_THREADPOOL)] {
      let error = #expect(throws: KernelError.self) {
        try makeTeam(threads: threads, openMP: nil, runtime: runtime)
      }
      #expect(error?.description.contains("OpenMP") == true)
    }
  }
}
