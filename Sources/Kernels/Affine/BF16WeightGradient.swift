import CVectorKernels
import Tensors

/// The weight gradient of an ungrouped bf16 convolution without bias, by a kernel of our own.
///
/// Sums stay in staging memory from the first tile to the last. `CVectorKernels/include/weight_gradient_bf16.h` says how they
/// are taken; the number of threads does not change a bit.
package final class BF16WeightGradient: WeightGradientPass {
  private let plan: OpaquePointer
  private let team: ThreadTeam

  /// - Parameters:
  ///   - geometry: `batch` is the samples of a tile.
  ///   - products: instructions that the machine has.
  package init(_ geometry: ConvolutionGeometry, team: ThreadTeam, products: cvk_bf16_products) {
    precondition(cvk_can_multiply(products), "this machine lacks the products \(products.rawValue)")
    guard let plan = cvk_weight_gradient_bf16_plan([cvk_convolution(geometry)], products, team.threads) else {
      preconditionFailure("no memory for the plan of \(geometry)")
    }
    (self.plan, self.team) = (plan, team)
  }

  deinit { cvk_weight_gradient_bf16_free(plan) }

  package var stagingBytes: Int { cvk_weight_gradient_bf16_scratch(plan) }

  package func run(
    input: UnsafeMutableRawPointer, outputGradient: UnsafeMutableRawPointer, weights: UnsafeMutablePointer<Float>,
    bias: UnsafeMutablePointer<Float>?, staging: UnsafeMutableRawPointer, isFirst: Bool, isLast: Bool
  ) {
    let x = input.assumingMemoryBound(to: cvk_bf16.self), dy = outputGradient.assumingMemoryBound(to: cvk_bf16.self)
    for chunk in 0..<cvk_weight_gradient_bf16_chunks(plan) {
      team.run(team.threads) { cvk_weight_gradient_bf16_pack(plan, chunk, x, dy, staging, $0) }
      team.run(team.threads) { cvk_weight_gradient_bf16_add(plan, chunk, isFirst && chunk == 0, staging, $0) }
    }
    guard isLast else { return }
    team.run(team.threads) { cvk_weight_gradient_bf16_store(plan, staging, weights, $0) }
  }
}

extension cvk_bf16_products {
  /// Those that oneDNN uses too, which `ONEDNN_MAX_CPU_ISA` can take away; nil where it has none.
  static var ofEngine: cvk_bf16_products? {
    if Engine.hasTiles, cvk_can_multiply(CVK_AMX_PRODUCTS) { return CVK_AMX_PRODUCTS }
    return Engine.hasNativeBF16 && cvk_can_multiply(CVK_AVX512_PRODUCTS) ? CVK_AVX512_PRODUCTS : nil
  }
}
