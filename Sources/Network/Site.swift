import Kernels
import Tensors

/// The place of one operation in one plan: its sizes, and the memory that it reads and writes.
///
/// Activations are f32, `batch` samples stored channels last. All pointers stay valid as long as the replica lives.
public struct Site {
  public let name: String
  public let batch: Int
  public let isTraining: Bool
  public let inputShapes: [Shape]
  public let outputShape: Shape

  public let inputs: [UnsafeMutablePointer<Float>]
  public let output: UnsafeMutablePointer<Float>
  /// The output's gradient; nil in evaluation.
  public let outputGradient: UnsafeMutablePointer<Float>?
  /// Where to write each input's gradient; nil where nobody wants it.
  public let inputGradients: [UnsafeMutablePointer<Float>?]
  public let workspace: UnsafeMutableRawPointer?

  public let parameters: [UnsafeMutableBufferPointer<Float>]
  public let parameterGradients: [UnsafeMutableBufferPointer<Float>]
  public let statistics: [UnsafeMutableBufferPointer<Float>]

  public let engine: Engine
  public let reducer: (any StatisticsReducer)?

  /// Elements of one input over the whole batch.
  func inputElements(_ index: Int) -> Int { batch * inputShapes[index].elements }
  var outputElements: Int { batch * outputShape.elements }
}

/// What runs in place of an operation on a rank that has no samples in this step: nothing comes out, and the gradients of
/// the parameters are zero.
final class IdleOperation: PreparedOperation {
  private let site: Site

  init(at site: Site) { self.site = site }

  func forward() {}

  func backward() {
    for gradient in site.parameterGradients { gradient.update(repeating: 0) }
  }
}
