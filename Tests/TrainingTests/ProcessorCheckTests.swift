import Logging
import Testing
import Training

@Suite struct ProcessorCheckTests {
  /// What two ranks print, and how they end; rank 1 has no instructions for bf16.
  private func check(_ overrides: String...) throws -> (text: String, failures: [JobFailure?]) {
    let configuration = try RunConfiguration(text: minimalText, source: "config.json", overrides: overrides)
    let output = Recorder()
    let failures = try onRanks(2) { communicator in
      let logger = Logger(rank: communicator.rank, console: Console(write: output.write))
      let check = ProcessorCheck(configuration, communicator: communicator, logger: logger)
      return try jobFailure { try check.run(hasNativeBF16: communicator.rank == 0) }
    }
    return (output.text, failures)
  }

  @Test func bf16GoesOnWithOneWarning() throws {
    let (text, failures) = try check("precision=bf16")
    #expect(text.hasPrefix("[rank 0] warning: no instructions for bf16") && text.contains("of 1 of 2 ranks"), "\(text)")
    #expect(text.split(separator: "\n").count == 1)
    #expect(failures.allSatisfy { $0 == nil })
  }

  @Test func bf16EndsEverywhereWhereItMustBeNative() throws {
    let (text, failures) = try check("precision=bf16", "precision.require_native=true")
    #expect(text.isEmpty)
    for failure in failures {
      #expect(failure?.status == .usage && failure?.reports.map(\.ranks) == [[1]])
      #expect(failure?.description.contains("precision.require_native: the processor has no instructions") == true)
    }
  }

  @Test func f32NeedsNothing() throws {
    let (text, failures) = try check("precision.require_native=true")
    #expect(text.isEmpty && failures.allSatisfy { $0 == nil })
  }
}
