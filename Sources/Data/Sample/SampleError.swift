import Platform

/// Why a data set was not written.
public enum SampleError: Error, CustomStringConvertible {
  /// Numbers that no set can be made with.
  case outOfRange([OutOfRange])
  /// The folder holds something already; it was left as it is.
  case occupied(folder: String, reason: String)
  /// The folder cannot be replaced by a new one.
  case notReplaceable(folder: String, reason: String)
  /// The hidden folder that the set was being written to could not be removed after an error.
  case leftover(folder: String, reason: String, after: String)
  /// A call of the operating system failed.
  case system(call: String, path: String, message: String)

  public struct OutOfRange: Sendable {
    public let name: String
    public let got: Int
    public let expected: ClosedRange<Int>
  }

  public var description: String { terminalText(sentence, hasLines: false) }

  private var sentence: String {
    switch self {
    case .outOfRange(let wrong):
      wrong.map { "\($0.name) is \($0.got), expected \($0.expected.lowerBound) to \($0.expected.upperBound)" }
        .joined(separator: "; ")
    case .occupied(let folder, let reason):
      "\(folder) \(reason). Nothing was changed: name another folder, or remove this one first."
    case .notReplaceable(let folder, let reason):
      "\(folder) \(reason), so a finished set cannot be moved there in one step. Name a folder inside it instead."
    case .leftover(let folder, let reason, let after):
      "\(after). What was written up to there is still in \(folder) and can be removed: \(reason)"
    case .system(let call, let path, let message):
      "cannot write the data set: \(call) \(path): \(message)"
    }
  }
}
