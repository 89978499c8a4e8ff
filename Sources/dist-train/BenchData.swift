import ArgumentParser
import Training

/// `dist-train bench-data CONFIG`.
struct BenchData: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Time an epoch of the training images without a network.",
    discussion: """
      The last line of standard output is one JSON object with images_per_second, workers, images and waited_fraction.
      """)

  @OptionGroup var config: ConfigurationOptions

  @Option(
    help: ArgumentHelp("Loader threads, instead of data.workers; 0 decodes on the calling thread.", valueName: "N"))
  var workers: Int?

  @Option(help: ArgumentHelp("How often to read all of them.", valueName: "N"))
  var epochs = 1

  func validate() throws {
    if !(1...1_000_000).contains(epochs) { throw ValidationError("--epochs: expected 1 to 1000000, got \(epochs).") }
    if let workers, !(0...256).contains(workers) {
      throw ValidationError("--workers: expected 0 to 256, got \(workers).")
    }
  }

  func run() throws {
    try reportingErrors {
      let configuration = try RunConfiguration(file: config.path, overrides: config.overrides)
      print(try DataBenchReport(configuration, workers: workers ?? configuration.data.workers, epochs: epochs).json())
    }
  }
}
