import ArgumentParser
import Data
import Foundation
import Training

/// `dist-train data verify CONFIG`.
struct DataVerify: ParsableCommand {
  /// EX_DATAERR of sysexits.h.
  private static let badData: Int32 = 65

  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Decode every image of the training and validation sets whole.",
    discussion: """
      Training decodes no more of an image than it needs, so damage may show late or never. This reads everything, under \
      the limits of data.limits, and prints a line on standard output for each image that cannot be decoded or does not \
      come in time.

      Exit status: 0 when all images are sound, 65 when some are not, 70 when the limit on open files was met.
      """)

  @OptionGroup var config: ConfigurationOptions

  @Option(
    help: ArgumentHelp(
      "An image that takes longer to be read is told of as one that cannot be. (default: data.timeout_seconds)",
      valueName: "SECONDS"))
  var timeout: Double?

  func validate() throws {
    if let timeout, !(timeout > 0) { throw ValidationError("--timeout: expected more than 0, got \(timeout).") }
  }

  func run() throws {
    var faults = 0
    try reportingErrors {
      let configuration = try RunConfiguration(file: config.path, overrides: config.overrides)
      let data = try RunData(configuration)
      for (name, images) in [("training", data.training), ("validation", data.validation)] {
        let found = try check(
          name, images, configuration.data.decoding, timeout: timeout ?? configuration.data.timeoutSeconds)
        for fault in found.faults { print(fault) }
        let skipped = found.skipped > 0 ? ", and \(found.skipped) not looked at, since no read came back" : ""
        print("\(name): \(images.count) images, \(found.faults.count) of them damaged\(skipped)")
        faults += found.faults.count
      }
    }
    if faults > 0 { throw ExitCode(Self.badData) }
  }

  private func check(
    _ name: String, _ images: any DataSet, _ options: DecodingOptions, timeout: Double
  ) throws -> VerificationReport {
    let progress = ImageProgress(total: images.count, doing: "verifying \(name)")
    defer { progress.finish() }
    return try verify(
      images, options, threads: ProcessInfo.processInfo.activeProcessorCount, timeout: timeout
    ) { progress.report($0) }
  }
}
