/// How an image of another kind becomes one that is read, for messages: a command, or more words about one.
func conversion(of format: String) -> String {
  for (name, command) in commands where format.contains(name) { return command }
  return "for example with ImageMagick: magick FILE NEW.png"
}

/// The same between `before` and `after`; nothing where the format is no image that is known.
func conversion(of found: String, in before: String, _ after: String) -> String {
  found.hasSuffix(" image") ? before + conversion(of: found) + after : ""
}

/// A format with its article.
func article(_ format: String) -> String { (format.hasPrefix("AVIF") ? "an " : "a ") + format }

private let commands = [
  ("HEIC", "for example with libheif: heif-convert FILE NEW.jpg"),
  ("AVIF", "for example with libavif: avifdec FILE NEW.png"),
  ("JPEG 2000", "for example with OpenJPEG: opj_decompress -i FILE -o NEW.png"),
  ("JPEG XL", "for example with libjxl: djxl FILE NEW.png"),
]
