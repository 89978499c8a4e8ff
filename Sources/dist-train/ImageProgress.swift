import Foundation
import Platform
import Synchronization

/// Tells on standard error how far work on images has come: a line that updates on a terminal, a line every fifth
/// elsewhere.
final class ImageProgress: Sendable {
  private static let plainLines = 5
  private static let updateSeconds = 0.1

  private let total: Int
  private let work: String
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let start = Date()
  private let state = Mutex(State())

  private struct State {
    var seconds = 0.0
    var fifths = 0
    var lineIsOpen = false
  }

  init(total: Int, doing work: String = "drawing") {
    self.total = total
    self.work = work
  }

  /// May be called by several threads, with counts in any order.
  func report(_ done: Int) {
    state.withLock { state in
      if isTerminal { update(&state, done) } else { advance(&state, done) }
    }
  }

  /// Ends the line that updates. To be called before anything else is printed.
  func finish() {
    state.withLock { state in
      if state.lineIsOpen { print("\r\u{1B}[K", terminator: "") }
      state.lineIsOpen = false
    }
  }

  private func update(_ state: inout State, _ done: Int) {
    let seconds = -start.timeIntervalSinceNow
    guard seconds - state.seconds >= Self.updateSeconds else { return }
    state.seconds = seconds
    state.lineIsOpen = true
    let rate = Int(Double(done) / seconds)
    print("\r\u{1B}[K\(work): \(done) of \(total) images, \(rate) images/s", terminator: "")
  }

  private func advance(_ state: inout State, _ done: Int) {
    let fifths = done * Self.plainLines / total
    guard fifths > state.fifths else { return }
    state.fifths = fifths
    print("\(work): \(done) of \(total) images", terminator: "\n")
  }

  private func print(_ text: String, terminator: String) {
    writeToStandardError(text + terminator)
  }
}
