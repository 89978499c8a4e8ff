import Data
import Tensors

/// The images of a run, opened: names and labels are known, pixels are read when they are needed.
package struct RunData {
  package let training: any DataSet
  package let validation: any DataSet

  /// Opens what the configuration names. Throws `DataError`, or `ConfigurationError` when the network has another
  /// number of classes than the data.
  package init(_ configuration: RunConfiguration) throws {
    let source = DataSource(configuration)
    training = try source.training()
    guard training.classes.count == configuration.model.classes else {
      throw ConfigurationError(
        path: "model.classes",
        "expected \(training.classes.count), the classes of \(configuration.data.train), got "
          + "\(configuration.model.classes). Change model.classes, or check data.train."
          + training.notes.map { " \($0)" }.joined())
    }
    validation = try source.validation(classes: training.classes)
  }

  /// The validation images alone, with the labels that a checkpoint's network knows; where the checkpoint does not name its
  /// classes, those of the images.
  init(evaluating configuration: RunConfiguration, _ trainedOn: TrainedOn) throws {
    training = AbsentImages(trainedOn)
    let known = trainedOn.classes.isEmpty ? nil : trainedOn.classes
    validation = try DataSource(configuration, writes: false).validation(classes: known)
    let count = (known ?? validation.classes).count
    guard count == configuration.model.classes else {
      throw ConfigurationError(
        path: "model.classes",
        "expected \(count), the classes of \(known == nil ? configuration.data.validation : "the checkpoint's network"), got "
          + "\(configuration.model.classes).")
    }
  }

  package var trainedOn: TrainedOn { TrainedOn(classes: training.classes, images: training.count) }

  /// Tells a copy of the data that is incomplete from a whole one before an image is read.
  package var digest: Digest { Digest(of: "\(training.digest) \(validation.digest)") }

  /// What the person who uses the data should know.
  package var notes: [String] { training.notes + validation.notes }

  package var images: ImageCounts { ImageCounts(training: training.count, validation: validation.count) }
}

extension RunConfiguration.Data {
  var normalization: Normalization {
    Normalization(mean: SIMD3(mean[0], mean[1], mean[2]), standardDeviation: SIMD3(std[0], std[1], std[2]))
  }

  var filter: ResamplingFilter { interpolation == .bilinear ? .bilinear : .bicubic }
}
