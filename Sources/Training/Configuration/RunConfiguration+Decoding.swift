import Data

extension DecodingOptions {
  init(_ fields: ConfigurationReader) {
    let defaults = DecodingOptions()
    self.init(
      limits: fields.read(
        "limits",
        "What one image file may cost before it is refused. The defaults suit photographs; raise one for files that you trust.",
        DecodingLimits.init),
      onWarning: fields.read(
        "on_warning", .choice(), default: defaults.onWarning,
        "What a warning of libjpeg means (premature end, bad Huffman code). `fail`: the image is damaged, and the run ends. "
          + "`accept`: its pixels are used as the library gives them. Only what a crop needs is decoded, so that damage "
          + "below a crop is not noticed."),
      orientation: fields.read(
        "exif_orientation", .choice(), default: defaults.orientation,
        "Whether a JPEG is turned as its EXIF data says. `ignore`: as torchvision's `ImageFolder`."),
      scaled: fields.read(
        "scaled_decoding", .flag, default: defaults.scaled,
        "Let libjpeg shrink a JPEG by 2, 4 or 8 while it decodes, where the crop is at least so much larger than "
          + "`image_size`: faster, and not torchvision's pixels (on a photograph 0.3 to 2 of 255 levels away on average, at "
          + "edges up to 50)."))
  }
}

extension DecodingLimits {
  init(_ fields: ConfigurationReader) {
    let defaults = DecodingLimits()
    self.init(
      pixels: fields.read(
        "pixels", .wholeNumber(of: "pixels", .atLeast(1)), default: defaults.pixels, affects: .nothing,
        "Width by height of the whole image."),
      fileBytes: fields.read(
        "file_bytes", .wholeNumber(of: "bytes", .atLeast(1)), default: defaults.fileBytes, affects: .nothing,
        "The size of the file."),
      scans: fields.read(
        "scans", .wholeNumber(of: "scans", .from(1, to: 100_000)), default: defaults.scans, affects: .nothing,
        "Scans of a progressive JPEG; each goes over the whole image."),
      memoryBytes: fields.read(
        "memory_bytes", .wholeNumber(of: "bytes", .atLeast(1)), default: defaults.memoryBytes, affects: .nothing,
        "What the decoder may allocate for a progressive JPEG or a PNG."),
      seconds: fields.read(
        "seconds", .number(of: "seconds", .above(0)), default: defaults.seconds, affects: .nothing,
        "Time to decode the image."))
  }
}
