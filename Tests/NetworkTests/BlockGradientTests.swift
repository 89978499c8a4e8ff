import Network
import ReferenceKernels
import Tensors
import TestSupport
import Testing

/// The gradients of a whole residual block, as the reference network differentiates it, against central finite
/// differences in Double. The fast network is compared with the reference network elsewhere.
@Suite struct BlockGradientTests {
  @Test(arguments: [false, true], [1, 2]) func agreeWithFiniteDifferences(bottleneck: Bool, stride: Int) throws {
    var random = TestRandom(seed: 4)
    let width = bottleneck ? 2 : 3
    let graph = try Graph.block(bottleneck: bottleneck, input: [3, 5, 5], width: width, stride: stride, batch: 2)
    let network = ReferenceNetwork(graph, random: &random)
    let images = random.tensor([2, 3, 5, 5])
    let weights = random.tensor(Shape([2] + graph.shape(of: graph.outputs[0]).dimensions))
    func loss(_ network: ReferenceNetwork, _ images: ReferenceTensor) -> Double {
      var network = network
      return weightedSum(network.forward(images, .training).last!.values, weights.values)
    }
    var copy = network
    let gradients = copy.step(images, outputGradient: weights).gradients
    for (name, parameter) in network.parameters where name != "probe.gradient" {
      let differences = finiteDifferences(at: parameter.values) { values in
        var moved = network
        moved.parameters[name] = ReferenceTensor(parameter.shape, values)
        return loss(moved, images)
      }
      #expect(relativeError(of: gradients[name]!, to: differences) < 1e-6, "\(name)")
    }
    let differences = finiteDifferences(at: images.values) { loss(network, ReferenceTensor(images.shape, $0)) }
    #expect(relativeError(of: gradients["probe.gradient"]!, to: differences) < 1e-6, "input")
  }
}
