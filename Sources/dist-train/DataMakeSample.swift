import ArgumentParser
import Data
import Foundation
import Platform

/// `dist-train data make-sample`: a data set for where there is none.
struct DataMakeSample: ParsableCommand {
  /// EX_CANTCREAT of sysexits.h.
  private static let cannotWrite: Int32 = 73
  private static let defaults = SampleSpecification.standard

  static let configuration = CommandConfiguration(
    commandName: "make-sample",
    abstract: "Draw a small data set of JPEG files to train on.",
    discussion: """
      Writes DIR/train/<class>/*.jpg and DIR/val/<class>/*.jpg: drawn pictures of varied sizes, whose classes differ \
      in shape and texture. The same numbers give the same pictures. DIR appears when all is written; it must be \
      absent or empty, or hold the same set already.

      Exit status: 0 when the set is there, 64 for a number out of range, 73 when DIR cannot be written.
      """)

  @Argument(help: ArgumentHelp("Where to write the set.", valueName: "DIR"), completion: .directory)
  var directory: String

  @Option(help: "How many classes, \(range(SampleSpecification.classCounts)).")
  var classes = defaults.classes

  @Option(help: "Training images, at least one a class.")
  var train = defaults.train

  @Option(help: "Validation images, at least one a class.")
  var validation = defaults.validation

  @Option(
    help: "Width and height are 0.75 to 1.5 times this, in pixels, \(range(SampleSpecification.sizes)).")
  var size = defaults.size

  @Option(help: "The same seed gives the same pictures.")
  var seed = defaults.seed

  func validate() throws {
    do { _ = try specification() } catch let error as SampleError { throw ValidationError("\(error).") }
  }

  func run() throws {
    do {
      switch try draw() {
      case .written: note("wrote \(train) training and \(validation) validation images to \(directory)")
      case .alreadyThere: note("\(directory) holds this sample set already; nothing to do")
      }
    } catch let stopped as StopSignals.Stopped {
      note("stopped; nothing was left behind")
      throw ExitCode(128 + stopped.signal)
    } catch {
      note("Error: \(error)")
      throw ExitCode(Self.cannotWrite)
    }
  }

  private func draw() throws -> SampleWriter.Outcome {
    let writer = try SampleWriter(specification(), threads: ProcessInfo.processInfo.activeProcessorCount)
    let progress = ImageProgress(total: train + validation)
    defer { progress.finish() }
    return try StopSignals.during { checkStop in
      try writer.write(to: directory) { done in
        try checkStop()
        progress.report(done)
      }
    }
  }

  private func specification() throws -> SampleSpecification {
    try SampleSpecification(classes: classes, train: train, validation: validation, size: size, seed: seed)
  }

  private func note(_ line: String) {
    Platform.tell(line)
  }

  private static func range(_ range: ClosedRange<Int>) -> String { "\(range.lowerBound) to \(range.upperBound)" }
}
