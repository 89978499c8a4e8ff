import Foundation
import Tensors

/// What a run is made from, as its checkpoints tell it: enough to refuse to go on with something else.
package struct RunOrigin: Hashable, Sendable {
  /// The full configuration as used, as in `config.lock.json`.
  package let configuration: String
  package let configurationDigest: Digest
  /// Of the images, training and validation.
  package let images: Digest
  package let trainedOn: TrainedOn
  /// The program's file, as a digest.
  package let binary: String

  package init(
    _ configuration: RunConfiguration, images: Digest, _ trainedOn: TrainedOn = TrainedOn(classes: [], images: 0),
    binary: String = RunOrigin.program
  ) {
    self.configuration = configuration.lock
    configurationDigest = configuration.digest
    (self.images, self.trainedOn) = (images, trainedOn)
    self.binary = binary
  }

  /// Of this process; empty where its file cannot be read.
  package static let program: String = {
    let file = try? Data(contentsOf: URL(fileURLWithPath: "/proc/self/exe"), options: .alwaysMapped)
    return file.map { file in "\(file.withUnsafeBytes { Digest(of: $0) })" } ?? ""
  }()
}
