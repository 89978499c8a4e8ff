/// What can go wrong between ranks. `rank` is always the one that noticed. Ranks have their
/// numbers in the job.
public enum FabricError: Error, Hashable, Sendable {
  /// Nothing moved for `seconds` while `rank` waited for `peer`; `what` says in which operation.
  case timedOut(rank: Int, peer: Int, what: String, seconds: Double)
  /// Another rank, or this one, ended the job. Only fabrics whose ranks are threads say so: MPI ends the process.
  case aborted(rank: Int, by: Int, reason: String)
  /// A call of the library below returned an error code. `rank` is nil before the rank is known.
  case callFailed(rank: Int?, call: String, code: Int32, text: String)
  /// A message had another size than its receiver expected; `received` is nil when the library says only "more".
  case sizeMismatch(rank: Int, peer: Int, tag: Int, expectedBytes: Int, receivedBytes: Int?)
}

extension FabricError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .timedOut(let rank, let peer, let what, let seconds):
      """
      rank \(rank) waited \(seconds) s for rank \(peer) in vain: \(what). Look first at what rank \(peer) and its host \
      last reported; if it was only slow, raise the timeout.
      """
    case .aborted(let rank, let by, let reason):
      "rank \(rank) was ended because rank \(by) ended the job: \(reason)"
    case .callFailed(let rank, let call, let code, let text):
      "\(rank.map { "rank \($0): " } ?? "")\(call) failed with code \(code): \(text)"
    case .sizeMismatch(let rank, let peer, let tag, let expected, let received):
      """
      rank \(rank) expected \(expected) bytes from rank \(peer) with tag \(tag) and got \
      \(received.map(String.init) ?? "more"). Do both ranks run the same program with the same configuration?
      """
    }
  }
}
