import Data
import Foundation
import Tensors
import Testing

@Suite struct EvaluationViewsTests {
  private static let size = 20
  private static let viewElements = size * size * 3

  /// The photograph's views, in levels of 0 to 255, `[views, size, size, 3]`.
  private func views(_ shown: EvaluationViews, scaled: Bool = false) throws -> [Float] {
    let folder = try TemporaryFolder()
    try folder.file("a/photo.jpg", Fixtures.bytes("photo.jpg"))
    let tree = try FolderTree(root: folder.path)
    let transform = EvaluationTransform(imageSize: Self.size, resizedSide: 25, normalization: .none, shown: shown)
    var loader = Loader(
      tree, transform: transform, decoding: DecodingOptions(scaled: scaled), seed: 0, capacity: 1, workers: 0
    ) { $0 == 0 ? BatchRequest(epoch: 0, positions: 0..<1, order: .asStored) : nil }
    let batch = try #require(try loader.next())
    #expect(batch.count == 1 && batch.views == shown.count)
    return Array(UnsafeBufferPointer(start: batch.images, count: shown.count * Self.viewElements))
  }

  private func view(_ index: Int, of views: [Float]) -> [Float] {
    Array(views[index * Self.viewElements..<(index + 1) * Self.viewElements])
  }

  /// What is left is torchvision's rounding to 8 bits, twice. A view that lies one pixel off is tens of levels away.
  @Test func tenViewsAreTorchvisions() throws {
    let expected = try Fixtures.bytes("views.rgb").map { Float($0) }
    let found = try views(EvaluationViews(corners: true, mirrored: true))
    #expect(found.count == expected.count)
    for index in 0..<10 {
      let differences = zip(view(index, of: found), view(index, of: expected)).map { abs($0 - $1) }
      let mean = differences.reduce(0, +) / Float(differences.count)
      #expect(mean < 0.35 && differences.max() ?? .infinity <= 1.001, "view \(index): mean \(mean)")
    }
  }

  @Test func fewerViewsAreSomeOfThem() throws {
    let all = try views(EvaluationViews(corners: true, mirrored: true))
    for (shown, indices) in [
      (EvaluationViews(), [4]), (EvaluationViews(mirrored: true), [4, 9]),
      (EvaluationViews(corners: true), [0, 1, 2, 3, 4]),
    ] {
      let some = try views(shown)
      for (place, index) in indices.enumerated() { #expect(view(place, of: some) == view(index, of: all)) }
    }
  }

  /// One decoding serves all views.
  @Test func scaledDecodingShowsTheSame() throws {
    let shown = EvaluationViews(corners: true, mirrored: true)
    let (whole, scaled) = (try views(shown), try views(shown, scaled: true))
    let mean = zip(whole, scaled).reduce(0) { $0 + abs($1.0 - $1.1) } / Float(whole.count)
    #expect(mean > 0 && mean < 5, "\(mean)")
  }
}
