import Testing
import Training

/// What can be asked for, and what is said where it cannot.
@Suite struct FaultInjectionTests {
  private func reason(_ text: String) -> String {
    do {
      _ = try FaultInjection(text)
      return "accepted"
    } catch {
      return "\(error)"
    }
  }

  @Test func everyKindGoesWithItsPhasesAlone() throws {
    let delay: [FaultKind: String] = [.delay: ",0.5"]
    for kind in FaultKind.allCases {
      for phase in FaultPhase.allCases {
        let text = "\(kind.rawValue),3,17,\(phase.rawValue)\(delay[kind] ?? "")"
        if kind.phases.contains(phase) {
          let injection = try FaultInjection(text)
          #expect((injection.kind, injection.rank, injection.step, injection.phase) == (kind, 3, 17, phase))
          #expect(injection.description == text)
        } else {
          let known = kind.phases.map(\.rawValue).joined(separator: ", ")
          #expect(
            reason(text)
              == "--inject \(text): the phase of \(kind.rawValue): expected one of \(known); got '\(phase.rawValue)'")
        }
      }
    }
  }

  @Test func argumentsAreRead() throws {
    #expect(try FaultInjection("kill,0,2,statistics,5").number == 5)
    #expect(try FaultInjection("kill,0,2,statistics").number == nil)
    #expect(try FaultInjection("fail-fsync,0,2,save,4").number == 4)
    #expect(try FaultInjection("delay,1,2,load,2.5").seconds == 2.5)
    let place = try FaultInjection("gradient-bit,1,2,exchange,conv1.weight/12/30").place
    #expect((place.parameter, place.element, place.bit) == ("conv1.weight", 12, 30))
    let half = try FaultInjection("nan,1,2,exchange,conv1.weight").place
    #expect((half.parameter, half.element, half.bit) == ("conv1.weight", nil, nil))
  }

  @Test(arguments: [
    ("kill,1,2", "kind,rank,step,phase"), ("kill,1,2,load,1,1", "kind,rank,step,phase"), ("", "kind,rank,step,phase"),
    ("kil,1,2,load", "kill, stop, delay, gradient-bit"), ("kill,-1,2,load", "a whole number from 0; got '-1'"),
    ("kill,1,0,load", "a whole number from 1; got '0'"), ("kill,1,2,sleep", "load, forward, statistics"),
    ("kill,1,2,load,0", "a whole number from 1; got '0'"), ("delay,1,2,load", "seconds"),
    ("delay,1,2,load,-1", "seconds"), ("delay,1,2,load,nan", "seconds"), ("delay,1,2,load,1e9", "at most 86400"),
    ("weight-bit,1,2,update,fc.bias/0/32", "PARAMETER/ELEMENT/BIT"),
    ("weight-bit,1,2,update,fc.bias/-1", "PARAMETER/ELEMENT/BIT"),
    ("nan,1,2,exchange,fc.bias/0/3", "PARAMETER/ELEMENT"),
    ("weight-bit,1,2,update,", "PARAMETER/ELEMENT"), ("fail-write,0,2,save,x", "a whole number from 1; got 'x'"),
    ("kill, 1,2,load", "a whole number from 0; got ' 1'"),
  ])
  func othersAreRefusedWithWhatIsPossible(text: String, words: String) {
    let reason = reason(text)
    #expect(reason.hasPrefix("--inject \(text): ") && reason.contains(words), "\(reason)")
  }

  @Test func helpNamesEverything() {
    for kind in FaultKind.allCases { #expect(FaultInjection.help.contains("  \(kind.rawValue)")) }
    for phase in FaultPhase.allCases { #expect(FaultInjection.help.contains("  \(phase.rawValue)  ")) }
  }
}
