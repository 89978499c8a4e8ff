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
      the limits of data.limits, and prints a line on standard output for each image that cannot be decoded.

      Exit status: 0 when all images are sound, 65 when some are not.
      """)

  @OptionGroup var config: ConfigurationOptions

  func run() throws {
    var faults = 0
    try reportingErrors {
      let configuration = try RunConfiguration(file: config.path, overrides: config.overrides)
      let data = try RunData(configuration)
      for (name, images) in [("training", data.training), ("validation", data.validation)] {
        let found = try check(name, images, configuration.data.decoding)
        for fault in found { print(fault) }
        print("\(name): \(images.count) images, \(found.count) of them damaged")
        faults += found.count
      }
    }
    if faults > 0 { throw ExitCode(Self.badData) }
  }

  private func check(_ name: String, _ images: any DataSet, _ options: DecodingOptions) throws -> [DataError] {
    let progress = ImageProgress(total: images.count, doing: "verifying \(name)")
    defer { progress.finish() }
    return try verify(images, options, threads: ProcessInfo.processInfo.activeProcessorCount) {
      progress.report($0)
    }
  }
}
