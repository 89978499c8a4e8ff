import Fabrics
import Glibc

// For the moment at which the process is about to end.
extension Communicator {
  /// Says where this rank is, on any thread and at any time, for as long as the process lives: what it says may be torn, and
  /// is for people.
  public var whereItIs: @Sendable () -> String {
    nonisolated(unsafe) let record = record
    let (rank, jobRanks, hostName) = (jobRank, jobRanks, fabric.hostName)
    return {
      "dist-train: [rank \(rank) on \(hostName)] was ended by Open MPI, as it does when a process has failed, while "
        + record.pointee.sentence(jobRanks)
    }
  }

  /// Notes that this rank has said its part and is about to end, and says whether all ranks of its host are. For ranks that are
  /// processes; on any thread and at any time, for as long as the process lives.
  public var leavesWithNeighbours: @Sendable () -> Bool {
    nonisolated(unsafe) let records = board.map { board in (0..<board.ranks).map(board.record(of:)) } ?? []
    nonisolated(unsafe) let own = record
    return {
      own.pointee.activity = .leaving
      return records.allSatisfy {
        $0.pointee.activity == .leaving || ProcessState(of: $0.pointee.process) != .running
      }
    }
  }
}
