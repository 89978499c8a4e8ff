import Foundation
import Testing

extension JobSuite {
  /// Everything that changes images and mixes them, through the real program.
  @Suite(.serialized) struct AugmentationTests {
    private static let steps = 16
    /// As in `WorldSizeTests`.
    private static let bound = 1e-5

    private static let everything = [
      "epochs=null", "steps=\(steps)", "data.workers=2", "data.interpolation=bicubic",
      #"data.progressive={"until_epoch":[1],"image_size":[48]}"#, "augmentation.policy=rand_augment",
      "augmentation.interpolation=bilinear", "augmentation.color_jitter=[0.4,0.4,0.4,0.1]",
      "augmentation.random_erasing=0.25", "augmentation.erasing_value=noise", "augmentation.cutout=8",
      "augmentation.mixup=0.2", "augmentation.cutmix=1", "augmentation.repeats=3", "loss.label_smoothing=0.1",
    ].flatMap { ["--set", $0] }

    /// Batches of 8 on three ranks are parts of 3, 3 and 2 images, which cut two pairs of four.
    @Test func everyWorldSizeMixesTheSameImages() throws {
      let folder = try JobFolder()
      var reference: [Double] = []
      for ranks in [1, 3, 5] {
        let outcome = try folder.train("n\(ranks)", ranks: ranks, Self.everything)
        try #require(outcome.status == 0, "\(ranks) ranks: \(outcome)")
        let losses = try folder.metrics("n\(ranks)", "step").compactMap { $0["loss"]?.number }
        try #require(losses.count == Self.steps)
        if ranks == 1 { reference = losses }
        for (step, (loss, expected)) in zip(losses, reference).enumerated() {
          #expect(
            abs(loss - expected) <= Self.bound * expected, "\(ranks) ranks, step \(step + 1): \(loss), not \(expected)")
        }
      }
    }

    @Test func aResumedRunHasTheSameBits() throws {
      let folder = try JobFolder()
      for (name, stops) in [("whole", [Self.steps]), ("parts", [5, 7, Self.steps])] {
        for steps in stops {
          let outcome = try folder.train(
            name, ranks: 3,
            Self.everything + ["--set", "steps=\(steps)", "--resume", "auto", "--allow-change", "steps"])
          try #require(outcome.status == 0, "\(name) to \(steps): \(outcome)")
        }
      }
      #expect(try folder.tensors("parts", step: Self.steps) == folder.tensors("whole", step: Self.steps))
    }
  }
}
