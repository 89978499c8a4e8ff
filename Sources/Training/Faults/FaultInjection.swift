/// A fault to inject, as a person asks for it: `kind,rank,step,phase[,argument]`.
public struct FaultInjection: Hashable, Sendable, CustomStringConvertible {
  public let kind: FaultKind
  public let rank: Int
  /// From 1, as in the metrics.
  public let step: Int
  public let phase: FaultPhase
  /// The so-manieth time that the phase is reached, or the file operation; nil: not given.
  package let number: Int?
  package let seconds: Double?
  package let place: FaultPlace
  public let description: String

  /// Throws `FaultInjectionError`, which lists what is possible.
  public init(_ text: String) throws(FaultInjectionError) {
    func refuse(_ what: String, _ expected: String, _ got: Substring) -> FaultInjectionError {
      FaultInjectionError(text: text, reason: "\(what): expected \(expected); got '\(got)'")
    }
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    guard (4...5).contains(parts.count) else {
      throw refuse("the fault", "kind,rank,step,phase or kind,rank,step,phase,argument", text[...])
    }
    guard let kind = FaultKind(rawValue: String(parts[0])) else {
      throw refuse("the kind", "one of \(FaultKind.allCases.map(\.rawValue).joined(separator: ", "))", parts[0])
    }
    guard let rank = Int(parts[1]), rank >= 0 else { throw refuse("the rank", "a whole number from 0", parts[1]) }
    guard let step = Int(parts[2]), step >= 1 else { throw refuse("the step", "a whole number from 1", parts[2]) }
    guard let phase = FaultPhase(rawValue: String(parts[3])), kind.phases.contains(phase) else {
      throw refuse(
        "the phase of \(kind.rawValue)", "one of \(kind.phases.map(\.rawValue).joined(separator: ", "))", parts[3])
    }
    (self.kind, self.rank, self.step, self.phase) = (kind, rank, step, phase)
    var (number, seconds, place) = (Int?.none, Double?.none, FaultPlace())
    let argument = parts.count > 4 ? parts[4] : nil
    switch (kind.target, kind, argument) {
    case (.process, .delay, let argument):
      seconds = Double(argument ?? "").flatMap { $0 >= 0 && $0 <= FaultInjection.longestDelay ? $0 : nil }
      if seconds == nil { throw refuse("the delay", "seconds, at most 86400", argument ?? "") }
    case (_, _, nil): break
    case (.process, _, let argument?), (.files, _, let argument?):
      number = Int(argument).flatMap { $0 >= 1 ? $0 : nil }
      if number == nil { throw refuse("the number", "a whole number from 1", argument) }
    case (_, _, let argument?):
      let hasBit = kind != .nan && kind != .infinity
      guard let given = FaultPlace(argument, hasBit: hasBit) else {
        let form = "PARAMETER/ELEMENT" + (hasBit ? "/BIT, as in conv1.weight/12/30" : ", as in conv1.weight/12")
        throw refuse("the place", "\(form), or the first parts of it", argument)
      }
      place = given
    }
    (self.number, self.seconds, self.place, description) = (number, seconds, place, text)
  }

  private static let longestDelay = 86_400.0
}

/// Why a text is no fault to inject.
public struct FaultInjectionError: Error, Equatable, CustomStringConvertible {
  public let text: String
  public let reason: String

  public var description: String { "--inject \(text): \(reason)" }
}
