import Data

extension RunConfiguration {
  public struct Data: Sendable, Equatable {
    public let format: Format
    /// Empty where the format needs no files.
    public let train: String
    public let validation: String
    public let syntheticImages: Int
    /// Empty: `<output>/<name>/index`.
    public let index: String
    public let shuffleWindow: Int
    public let imageSize: Int
    public let workers: Int
    public let prefetch: Int
    public let cropArea: ClosedRange<Double>
    public let cropRatio: ClosedRange<Double>
    public let flip: Double
    /// 0: `imageSize / 0.875`, rounded; see `validationResize`.
    public let resize: Int
    public let mean: [Double]
    public let std: [Double]
    public let decoding: DecodingOptions
    public let onError: OnError
    public let maxBadFraction: Double
    public let timeoutSeconds: Double
    public let interpolation: Interpolation
    public let progressive: Progressive

    /// What to do about a training image that cannot be read.
    public enum OnError: String, CaseIterable, Sendable { case fail, substitute }

    public enum Format: String, CaseIterable, Sendable { case tree, tar, cifar10, cifar100, idx, synthetic }

    public enum Interpolation: String, CaseIterable, Sendable { case bilinear, bicubic }

    /// The shorter side, in pixels, to which a validation image is resized before its centre is cut out.
    public var validationResize: Int { resize > 0 ? resize : Int((Double(imageSize) / 0.875).rounded()) }

    /// Sizes of training images before they are `imageSize`.
    public struct Progressive: Sendable, Equatable {
      /// The number of epochs from the start after which each ends; as many as sizes.
      public let untilEpoch: [Int]
      public let imageSize: [Int]

      static let meaning =
        "Training on smaller images first, as in `{ \"until_epoch\": [10, 20], \"image_size\": [128, 160] }`. Evaluation "
        + "is always at `image_size`, and so are the epochs that are left."

      init(_ fields: ConfigurationReader) {
        untilEpoch = fields.read(
          "until_epoch", .ascendingWholeNumbers(of: "epochs", .atLeast(1)), default: [],
          "How many epochs, from the start of the run, have been trained when each size ends.")
        imageSize = fields.read(
          "image_size", .ascendingWholeNumbers(of: "pixels", .from(8, to: 4096)), default: [],
          "The sizes, one for each of `until_epoch`, below `data.image_size`.")
        fields.check(
          untilEpoch.count == imageSize.count, "image_size", with: "until_epoch",
          message: "expected as many as until_epoch (\(untilEpoch.count)); got \(imageSize.count)")
      }
    }

    static let meaning = "The images and what is done to them. Must be given."

    init(_ fields: ConfigurationReader) {
      let format: Format = fields.read(
        "format", .choice(), default: .tree,
        "How images are stored (docs/data.md says more). `tree`: image files, a folder for each class. `tar`: "
          + "image files and labels in tar archives, as WebDataset has them. `cifar10`, `cifar100`: the binary version of "
          + "the authors. `idx`: pairs of files as MNIST's, also packed by gzip. `synthetic`: random pixels, without files."
      )
      self.format = format
      train = Self.path(
        fields, "train", format,
        "The training images: a folder; with `tar`, `cifar10` and `cifar100` also a file or a pattern of files, as in "
          + "`shards/train-{00000..01023}.tar`, with `idx` also a file. Another path to the same images gives the same run."
      )
      validation = Self.path(fields, "validation", format, "The images that the network is evaluated on.")
      syntheticImages = fields.read(
        "synthetic_images", .wholeNumber(of: "images", .from(1, to: 1_000_000_000)), default: 4096,
        "Images of each of the two sets when `format` is `synthetic`.")
      index = fields.read(
        "index", .pathOrNothing, default: "", affects: .nothing,
        "Folder in which is kept what takes long to find out: the names of a large tree, the places of images in tar "
          + "archives. Empty: `<output>/<name>/index`.")
      shuffleWindow = fields.read(
        "shuffle_window", .wholeNumber(of: "images", .from(64, to: 1 << 32)), default: 16_384,
        "Training with `tar`: archives are read one after the other in random order, and so many images in a row are mixed. "
          + "Smaller reads more in order; larger mixes more.")
      imageSize = fields.read(
        "image_size", .wholeNumber(of: "pixels", .from(8, to: 4096)), default: 224,
        "Width and height of the network's input.")
      workers = fields.read(
        "workers", .wholeNumber(of: "threads", .from(1, to: 256)), default: 1, affects: .nothing,
        "Threads of each rank that decode and augment.")
      prefetch = fields.read(
        "prefetch", .wholeNumber(of: "batches", .from(1, to: 64)), default: 2, affects: .nothing,
        "Batches of each rank that are prepared ahead.")
      cropArea = fields.read(
        "crop_area", .interval(.above(0, to: 1)), default: 0.08...1,
        "Training: the area of the random crop, as a share of the image.")
      cropRatio = fields.read(
        "crop_ratio", .interval(.above(0)), default: 0.75...(4.0 / 3), "Training: width by height of the random crop.")
      flip = fields.read(
        "flip", .number(.from(0, to: 1)), default: 0.5, "Training: the probability of a horizontal flip.")
      resize = fields.read(
        "resize", .wholeNumber(of: "pixels", .from(0, to: 8192)), default: 0, affects: .nothing,
        "Validation: the shorter side after resizing, before the centre is cut out. 0: `image_size` / 0.875, rounded.")
      mean = fields.read(
        "mean", .numbers(3, each: .from(0, to: 1)), default: [0.485, 0.456, 0.406],
        "Subtracted from red, green and blue, which are 0 to 1.")
      std = fields.read(
        "std", .numbers(3, each: .above(0)), default: [0.229, 0.224, 0.225], "What the difference is divided by.")
      interpolation = fields.read(
        "interpolation", .choice(), default: .bilinear,
        "The filter by which images are resized, stretched where they shrink, as Pillow has it.")
      progressive = fields.read("progressive", Progressive.meaning, Progressive.init)
      fields.check(
        progressive.imageSize.allSatisfy { [imageSize] in $0 < imageSize }, "progressive.image_size",
        with: "image_size",
        message: "expected sizes below image_size (\(imageSize)); got \(progressive.imageSize)")
      decoding = DecodingOptions(fields)
      onError = fields.read(
        "on_error", .choice(), default: .fail,
        """
        What becomes of a training image that cannot be read. `fail`: the run ends. `substitute`: another image, drawn by \
        seed, epoch and image, stands in for it, and `bad-samples.jsonl` lists it. A validation image always ends the run.
        """)
      maxBadFraction = fields.read(
        "max_bad_fraction", .number(.from(0, to: 1)), default: 0.01, affects: .nothing,
        "With `substitute`: the run ends when more than this share of the training images could not be read.")
      timeoutSeconds = fields.read(
        "timeout_seconds", .number(.above(0)), default: 240, affects: .nothing,
        "The run ends when a rank that waits for images gets none for so long. Below `collectives.timeout_seconds`, the message names the file."
      )
      fields.check(
        resize == 0 || resize >= imageSize, "resize", with: "image_size",
        message: "expected 0 or at least image_size (\(imageSize)); got \(resize)")
    }

    /// A path that must be given unless the format needs none.
    private static func path(
      _ fields: ConfigurationReader, _ key: String, _ format: Format, _ meaning: String
    ) -> String {
      let type = FieldType<String>.path
      let path = fields.readIfGiven(
        key, type, affects: .nothing, meaning + " Must be given unless `format` is `synthetic`.")
      fields.check(
        path != nil || format == .synthetic, key, with: "format", message: "missing; expected \(type.expected)")
      return path ?? ""
    }
  }
}
