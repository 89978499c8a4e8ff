import ArgumentParser
import Foundation
import Training

/// `dist-train data show CONFIG`.
struct DataShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Put images as the network sees them into one picture.",
    discussion: """
      Reads the first images of an epoch, crops and augments them as the run's first steps of that epoch would, and writes \
      them side by side to a JPEG file. Standard output says which file and class each of them is, row by row.
      """)

  @OptionGroup var config: ConfigurationOptions

  @Option(help: ArgumentHelp("The picture; a file there is replaced.", valueName: "FILE"), completion: .file())
  var output = "samples.jpg"

  @Option(help: ArgumentHelp("How many images, 1 to 1024.", valueName: "N"))
  var images = 64

  @Option(help: ArgumentHelp("The epoch, from 1: each augments images in another way.", valueName: "N"))
  var epoch = 1

  @Flag(help: "Show validation images instead.")
  var validation = false

  func validate() throws {
    if !(1...1024).contains(images) { throw ValidationError("--images: expected 1 to 1024, got \(images).") }
    if !(1...1_000_000).contains(epoch) { throw ValidationError("--epoch: expected 1 to 1000000, got \(epoch).") }
  }

  func run() throws {
    try reportingErrors {
      let configuration = try RunConfiguration(file: config.path, overrides: config.overrides)
      let sheet = try ContactSheet(configuration, ofTraining: !validation, count: images, epoch: epoch - 1)
      try sheet.write(to: output)
      for (index, cell) in sheet.cells.enumerated() {
        let (row, column) = index.quotientAndRemainder(dividingBy: sheet.columns)
        print("row \(row + 1), column \(column + 1): \(cell.label)  \(cell.name)")
      }
      print("wrote \(sheet.cells.count) images to \(output)")
    }
  }
}
