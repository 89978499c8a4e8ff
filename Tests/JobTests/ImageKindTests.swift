import Data
import Foundation
import Testing

extension JobSuite {
  /// Grayscale, CMYK and progressive JPEGs train like any other.
  @Test static func oddKindsOfJPEGTrain() throws {
    let folder = try JobFolder()
    let encoder = try JPEGEncoder()
    let kinds: [(JPEGEncoder.PixelFormat, JPEGEncoder.Options)] = [
      (.gray, .init(subsampling: .grayscale)), (.cmyk, .init(subsampling: .none)), (.rgb, .init(progressive: true)),
    ]
    let names = folder.contents("sample/train").filter { $0.hasSuffix(".jpg") }
    for (index, name) in names.enumerated() {
      let (format, options) = kinds[index % kinds.count]
      let pixels = (0..<60 * 50 * format.channels).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ index) }
      let bytes = try encoder.encode(pixels, width: 60, height: 50, format: format, options: options)
      try Foundation.Data(bytes).write(to: URL(fileURLWithPath: folder.path("sample/train/\(name)")))
    }
    let outcome = try folder.train("odd", ranks: 2, ["--set", "epochs=1"])
    #expect(outcome.status == 0, "\(outcome)")
    #expect(try folder.metrics("odd", "epoch").map { $0["samples"] } == [.integer(JobFolder.trainingImages)])
  }
}
