import Platform

/// What is wrong with a file that holds many samples, or with one place of it. Names are as people read them.
public struct FileFault: Hashable, Sendable, CustomStringConvertible {
  public let path: String
  /// The member of an archive or the record that is meant.
  public let part: String?
  /// Bytes from the beginning of the file.
  public let offset: Int?
  public let expected: String
  public let got: String
  public let advice: String

  init(_ path: String, part: String? = nil, offset: Int? = nil, expected: String, got: String, advice: String) {
    self.path = path
    self.part = part
    self.offset = offset
    self.expected = expected
    self.got = got
    self.advice = advice
  }

  public var description: String {
    let place = path + (part.map { ", \($0)" } ?? "") + (offset.map { ", byte \($0)" } ?? "")
    return terminalText("\(place): expected \(expected), got \(got). \(advice)", hasLines: false)
  }
}

extension FileFault {
  static let copyAgain = "Copy or download the file again."
}
