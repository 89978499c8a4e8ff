import Data
import Testing
import Training

@Suite struct ContactSheetTests {
  private let text = """
    { "name": "s", "output": "o", "epochs": 1, "model": { "name": "resnet18", "classes": 4 }, "batch": { "global": 3 },
      "data": { "format": "synthetic", "synthetic_images": 10, "image_size": 16, "flip": 0, "crop_area": [1, 1],
        "crop_ratio": [1, 1] } }
    """

  private func sheet(count: Int, ofTraining: Bool = true, epoch: Int = 0) throws -> ContactSheet {
    try ContactSheet(
      RunConfiguration(text: text, source: "s.json"), ofTraining: ofTraining, count: count, epoch: epoch)
  }

  /// Seven images are three rows of three, with white between them and where none is left.
  @Test func imagesLieInRows() throws {
    let sheet = try sheet(count: 7)
    #expect(sheet.columns == 3 && sheet.cells.count == 7)
    var decoder = try ImageDecoder()
    var pixels = ByteBuffer()
    let file = try sheet.jpeg(quality: 100)
    try file.withUnsafeBytes { bytes in
      let size = try decoder.readHeader(bytes, name: "sheet")
      #expect(size == PixelSize(width: 3 * 18 - 2, height: 3 * 18 - 2))
      try decoder.decode(PixelRegion(size), name: "sheet", into: &pixels)
    }
    /// The mean of the block of 8 x 8 pixels, which JPEG keeps, that holds a pixel.
    func mean(_ x: Int, _ y: Int) -> Double {
      var sum = 0
      for row in y..<y + 8 { for column in x..<x + 8 { sum += Int(pixels.bytes[(row * 52 + column) * 4 + 1]) } }
      return Double(sum) / 64
    }
    #expect(mean(44, 44) > 254)
    #expect(mean(0, 0) < 250 && mean(0, 40) < 250)
  }

  @Test func namesAndLabelsAreThoseOfTheOrder() throws {
    let order = EpochOrder(count: 10, seed: 1, epoch: 2)
    let images = SyntheticDataSet(count: 10, classes: 4, size: PixelSize(width: 16, height: 16))
    let cells = try sheet(count: 64, epoch: 2).cells
    #expect(cells.map(\.name) == (0..<10).map { images.name(of: order[$0]) })
    #expect(cells.map(\.label) == (0..<10).map { images.classes[images.label(of: order[$0])] })
    #expect(try sheet(count: 4, ofTraining: false).cells.map(\.name) == (0..<4).map(images.name(of:)))
  }
}
