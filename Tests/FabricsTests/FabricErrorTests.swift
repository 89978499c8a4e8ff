import Fabrics
import Testing

@Suite struct FabricErrorTests {
  @Test func messagesNameEverythingOneNeeds() {
    let timeout = FabricError.timedOut(rank: 3, peer: 2, what: "receiving in barrier (collective 7)", seconds: 300)
    #expect("\(timeout)".hasPrefix("rank 3 waited 300.0 s for rank 2 in vain: receiving in barrier (collective 7)."))
    let failure = FabricError.callFailed(
      rank: 1, call: "MPI_Isend", code: 5, text: "MPI_ERR_COMM: invalid communicator")
    #expect("\(failure)" == "rank 1: MPI_Isend failed with code 5: MPI_ERR_COMM: invalid communicator")
    let size = FabricError.sizeMismatch(rank: 0, peer: 4, tag: 9, expectedBytes: 10, receivedBytes: nil)
    #expect("\(size)".hasPrefix("rank 0 expected 10 bytes from rank 4 with tag 9 and got more."))
    let aborted = FabricError.aborted(rank: 0, by: 2, reason: "the disk is full")
    #expect("\(aborted)" == "rank 0 was ended because rank 2 ended the job: the disk is full")
  }
}
