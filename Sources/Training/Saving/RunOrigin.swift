import Tensors

/// What a run is made from, as its checkpoints tell it: enough to refuse to go on with something else.
package struct RunOrigin: Hashable, Sendable {
  /// The full configuration as used, as in `config.lock.json`.
  package let configuration: String
  package let configurationDigest: Digest
  /// Of the images, training and validation.
  package let images: Digest

  package init(_ configuration: RunConfiguration, images: Digest) {
    self.configuration = configuration.lock
    configurationDigest = configuration.digest
    self.images = images
  }
}
