import Data
import Tensors

/// The images of a run, opened: names and labels are known, pixels are read when they are needed.
package struct RunData {
  package let training: any DataSet
  package let validation: any DataSet

  /// Reads the folders that the configuration names. Throws `DataError`, or `ConfigurationError` when the network has
  /// another number of classes than the data.
  package init(_ configuration: RunConfiguration) throws {
    let training = try FolderTree(root: configuration.data.train)
    guard training.classes.count == configuration.model.classes else {
      throw ConfigurationError(
        path: "model.classes",
        "expected \(training.classes.count), the class folders of \(configuration.data.train), got "
          + "\(configuration.model.classes). Change model.classes, or check data.train.")
    }
    self.training = training
    validation = try FolderTree(root: configuration.data.validation, classes: training.classes)
  }

  /// Of the names of the classes and the images of each: what tells a copy of the data that is incomplete from a whole
  /// one before anything is read.
  package var digest: Digest {
    let sets = [training, validation].map { set in
      var counts = [Int](repeating: 0, count: set.classes.count)
      for sample in 0..<set.count { counts[set.label(of: sample)] += 1 }
      return zip(set.classes, counts).map { "\($0)/\($1)" }.joined(separator: "/")
    }
    return Digest(of: sets.joined(separator: "//"))
  }

  package var images: ImageCounts { ImageCounts(training: training.count, validation: validation.count) }
}

extension RunConfiguration {
  /// What becomes of a training image that cannot be read; nil: the run ends.
  func substitution(of samples: Int) -> SubstitutionRule? {
    data.onError == .substitute ? SubstitutionRule(samples: samples, seed: seed) : nil
  }
}

extension RunConfiguration.Data {
  var normalization: Normalization {
    Normalization(mean: SIMD3(mean[0], mean[1], mean[2]), standardDeviation: SIMD3(std[0], std[1], std[2]))
  }

  var trainingTransform: TrainingTransform {
    TrainingTransform(
      imageSize: imageSize, area: cropArea, ratio: cropRatio, flipProbability: flip, normalization: normalization)
  }

  var evaluationTransform: EvaluationTransform {
    EvaluationTransform(imageSize: imageSize, resizedSide: validationResize, normalization: normalization)
  }
}
