import Data

extension RunConfiguration {
  public struct Checkpoint: Sendable, Equatable {
    public let everySteps: Int
    public let everyEpochs: Int
    public let keep: Int
    public let keepEveryEpochs: Int
    public let mostFailures: Int
    public let timeoutSeconds: Double

    static let meaning =
      "When the run is saved. Besides, there is always a checkpoint at the end, after an evaluation that is the best so "
      + "far, and when the run is asked to stop."

    init(_ fields: ConfigurationReader) {
      everySteps = fields.read(
        "every_steps", .wholeNumber(of: "steps", .atLeast(0)), default: 0, affects: .nothing,
        "A checkpoint after each so many steps. 0: none for this reason.")
      everyEpochs = fields.read(
        "every_epochs", .wholeNumber(of: "epochs", .atLeast(0)), default: 1, affects: .nothing,
        "A checkpoint after each so many epochs. 0: none for this reason.")
      keep = fields.read(
        "keep", .wholeNumber(of: "checkpoints", .atLeast(1)), default: 2, affects: .nothing,
        "The newest so many are kept, and the one with the best evaluation.")
      keepEveryEpochs = fields.read(
        "keep_every_epochs", .wholeNumber(of: "epochs", .atLeast(0)), default: 0, affects: .nothing,
        "Besides, a checkpoint at the end of each so many epochs is kept for good. 0: none for this reason.")
      mostFailures = fields.read(
        "most_failures", .wholeNumber(of: "failures", .atLeast(1)), default: 3, affects: .nothing,
        "A checkpoint that cannot be written (disk full, an I/O error) is given up with a warning, and training goes on; after "
          + "so many in a row the run ends with status 73. The last checkpoint of a run is tried as often.")
      timeoutSeconds = fields.read(
        "timeout_seconds", .number(of: "seconds", .above(0, to: 1_000_000)), default: 1800, affects: .nothing,
        "A checkpoint that is not durable after so long ends the run with status 73: the file system hangs.")
    }
  }

  public struct Evaluation: Sendable, Equatable {
    public let everyEpochs: Int
    public let batch: Int
    public let crops: Int
    public let flip: Bool
    public let targetTop1: Double

    static let meaning =
      "When and how the network is tried on the validation images: each image once, on all ranks. Where weights are averaged "
      + "(`averaging`), both they and their average are, and the average counts: for `target_top1`, and for the best checkpoint."

    init(_ fields: ConfigurationReader) {
      everyEpochs = fields.read(
        "every_epochs", .wholeNumber(of: "epochs", .atLeast(0)), default: 1, affects: .nothing,
        "An evaluation after each so many epochs; there is always one at the end. 0: only there.")
      batch = fields.read(
        "batch", .wholeNumber(of: "images", .from(1, to: 65_536)), default: 32, affects: .nothing,
        "Images of one forward pass of one rank. It does not depend on the number of ranks, so that a checkpoint's "
          + "evaluation does not either. With several views of each image: as many views, at least those of one image.")
      crops = fields.read(
        "crops", .oneOf([1, 5, 10]), default: 1, affects: .nothing,
        "Views of each image. 1: its centre. 5: its four corners too. 10: all of them mirrored too, as torchvision's `TenCrop`. "
          + "The logits of an image's views are averaged before the softmax, as in torchvision's documentation.")
      flip = fields.read(
        "flip", .flag, default: false, affects: .nothing,
        "Whether the views of `crops` 1 or 5 are taken of the mirrored image too.")
      targetTop1 = fields.read(
        "target_top1", .number(.from(0, to: 1)), default: 0, affects: .nothing,
        "The run is complete with the first evaluation in which at least this share of the images is recognised. 0: it goes on to "
          + "its end.")
      fields.check(
        !flip || crops != 10, "flip", with: "crops",
        message: "10 crops are five and the same mirrored; got true with crops 10")
    }

    var views: EvaluationViews { EvaluationViews(corners: crops > 1, mirrored: flip || crops == 10) }
  }

  public struct Log: Sendable, Equatable {
    public let everySteps: Int
    public let everySeconds: Double
    public let progress: ProgressStyle

    static let meaning = "What the run tells while it works."

    init(_ fields: ConfigurationReader) {
      everySteps = fields.read(
        "every_steps", .wholeNumber(of: "steps", .atLeast(1)), default: 1, affects: .nothing,
        "A line in `metrics.jsonl` for each so many steps.")
      everySeconds = fields.read(
        "every_seconds", .number(of: "seconds", .atLeast(0)), default: 10, affects: .nothing,
        "At most one plain progress line in this time.")
      progress = fields.read(
        "progress", .choice(), default: .auto, affects: .nothing,
        "How progress is shown on standard error. `line`: one line, redrawn. `plain`: lines, for files. `none`. "
          + "`auto`: `line` on a terminal, also behind mpirun, otherwise `plain`.")
    }
  }
}
