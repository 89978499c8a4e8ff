import Collectives
import Kernels
import Logging

/// Compares what the configuration wants of the processors with what those of the ranks have.
package struct ProcessorCheck {
  let configuration: RunConfiguration
  let communicator: Communicator
  let logger: Logger

  package init(_ configuration: RunConfiguration, communicator: Communicator, logger: Logger) {
    (self.configuration, self.communicator, self.logger) = (configuration, communicator, logger)
  }

  /// Every rank calls it. When a rank lacks what is required, every rank throws the same `JobFailure`; when it lacks what
  /// would make the run fast, rank 0 warns.
  package func run(hasNativeBF16: Bool = Engine.hasNativeBF16) throws {
    guard configuration.precision.type == .bf16 else { return }
    try Consensus(communicator: communicator).attempt {
      guard !hasNativeBF16, configuration.precision.requireNative else { return }
      throw ConfigurationError(
        path: "precision.require_native",
        "the processor has no instructions for bf16, AVX-512 BF16 or AMX, or ONEDNN_MAX_CPU_ISA hides them. Train with "
          + "precision f32, which is faster here, or without precision.require_native.")
    }
    let lacking = try communicator.sum([hasNativeBF16 ? 0 : 1])[0]
    guard lacking > 0, communicator.rank == 0 else { return }
    let ranks = lacking == communicator.worldSize ? "" : " of \(lacking) of \(communicator.worldSize) ranks"
    logger.warning(
      """
      no instructions for bf16 (AVX-512 BF16 or AMX) on the processors\(ranks): activations are kept in bf16, in half \
      the memory, but convolutions and matrix products are computed in f32, which is slower than precision f32; \
      precision.require_native makes this an error
      """)
  }
}
