/// What an image may cost. Image files are not trusted: a few bytes can promise a billion pixels or ask for hours.
public struct DecodingLimits: Hashable, Sendable {
  /// Of the whole image, whatever part of it is decoded.
  public var pixels: Int
  public var fileBytes: Int
  /// Of a progressive JPEG; each goes over the whole image.
  public var scans: Int
  /// What a decoder may allocate, in bytes: coefficients of a progressive JPEG, chunks of a PNG, a whole interlaced PNG.
  public var memoryBytes: Int
  /// For one image, from its header on; looked at between rows and scans of a JPEG, and every few kilobytes of a PNG.
  public var seconds: Double

  public init(
    pixels: Int = 100_000_000, fileBytes: Int = 256 << 20, scans: Int = 100, memoryBytes: Int = 1 << 30,
    seconds: Double = 10
  ) {
    precondition(pixels > 0 && fileBytes > 0 && scans > 0 && memoryBytes > 0 && seconds > 0, "limits of nothing")
    self.pixels = pixels
    self.fileBytes = fileBytes
    self.scans = scans
    self.memoryBytes = memoryBytes
    self.seconds = seconds
  }

  /// One of the limits, by the name of its key below `data.limits`.
  public enum Kind: String, Hashable, Sendable {
    case pixels
    case fileBytes = "file_bytes"
    case scans
    case memoryBytes = "memory_bytes"
    case seconds
  }

  var nanoseconds: Int64 { Int64(min(seconds, 1e9) * 1e9) }

  /// Throws where an image of this size has too many pixels.
  func check(_ size: PixelSize, name: @autoclosure () -> String) throws(DataError) {
    let (count, overflow) = size.width.multipliedReportingOverflow(by: size.height)
    if overflow || count > pixels { throw exceeded(.pixels, found: "\(size)", name: name()) }
  }

  func exceeded(_ kind: Kind, found: String, name: String) -> DataError {
    let limit =
      switch kind {
      case .pixels: "\(pixels)"
      case .fileBytes: "\(fileBytes)"
      case .scans: "\(scans)"
      case .memoryBytes: "\(memoryBytes)"
      case .seconds: "\(seconds)"
      }
    return .limitExceeded(path: name, found: found, limit: limit, kind: kind)
  }
}
