import Dispatch
import Foundation
import Synchronization

/// Turns SIGINT and SIGTERM into an error at the next check, while `work` runs, so that work can clean up after itself.
enum StopSignals {
  struct Stopped: Error {
    let signal: Int32
  }

  /// What work looks at; any thread may.
  final class Check: Sendable {
    fileprivate let received = Atomic<Int32>(0)

    /// Throws `Stopped` when a signal has come.
    func callAsFunction() throws {
      let signal = received.load(ordering: .relaxed)
      if signal != 0 { throw Stopped(signal: signal) }
    }
  }

  private static let numbers = [SIGINT, SIGTERM]

  static func during<Result>(_ work: (Check) throws -> Result) rethrows -> Result {
    let check = Check()
    // A queue of its own: the shared ones have no thread to spare while all cores draw.
    let queue = DispatchQueue(label: "stop signals")
    let sources = numbers.map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { check.received.store(number, ordering: .relaxed) }
      source.resume()
      return source
    }
    defer {
      for source in sources { source.cancel() }
      for number in numbers { signal(number, SIG_DFL) }
    }
    return try work(check)
  }
}
