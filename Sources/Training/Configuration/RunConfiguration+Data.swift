import Data

extension RunConfiguration {
  public struct Data: Sendable, Equatable {
    public let format: Format
    public let train: String
    public let validation: String
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

    /// What to do about a training image that cannot be read.
    public enum OnError: String, CaseIterable, Sendable { case fail, substitute }

    public enum Format: String, CaseIterable, Sendable { case tree }

    /// The shorter side, in pixels, to which a validation image is resized before its centre is cut out.
    public var validationResize: Int { resize > 0 ? resize : Int((Double(imageSize) / 0.875).rounded()) }

    static let meaning = "The images and what is done to them. Must be given."

    init(_ fields: ConfigurationReader) {
      format = fields.read(
        "format", .choice(), default: .tree,
        "How images are stored. `tree`: JPEG and PNG files, a folder for each class.")
      train = fields.read(
        "train", .path, default: nil, affects: .nothing,
        "Folder of the training images. Another path to the same images gives the same run.")
      validation = fields.read(
        "validation", .path, default: nil, affects: .nothing, "Folder of the images that the network is evaluated on.")
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
  }
}
