import Tensors

/// An image file that is damaged or made to harm.
public struct HostileImage: Sendable {
  public let name: String
  public let bytes: [UInt8]

  public init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }
}

/// Makes hostile files out of a good one; the same every time.
public struct HostileImages {
  private let name: String
  private let file: [UInt8]
  private var random: TestRandom

  /// - Parameter name: of the good file; stands before the name of each case.
  public init(_ name: String, _ file: [UInt8], seed: UInt64) {
    self.name = name
    self.file = file
    random = TestRandom(seed: seed)
  }

  private func make(_ kind: String, _ bytes: some Sequence<UInt8>) -> HostileImage {
    HostileImage(name: "\(name): \(kind)", bytes: Array(bytes))
  }

  /// Cut off after every 64th byte, and filled up with zeros from there.
  public func truncated() -> [HostileImage] {
    stride(from: 0, to: file.count, by: 64).flatMap { count in
      [
        make("cut to \(count)", file[..<count]),
        make("zeros from \(count)", file[..<count] + [UInt8](repeating: 0, count: file.count - count)),
      ]
    }
  }

  /// One to eight bits changed anywhere.
  public mutating func flipped(_ count: Int) -> [HostileImage] {
    (0..<count).map { number in
      var bytes = file
      for _ in 0...random.integer(in: 0..<8) {
        bytes[random.integer(in: 0..<bytes.count)] ^= 1 << UInt8(random.integer(in: 0..<8))
      }
      return make("flips \(number)", bytes)
    }
  }

  /// A piece taken out, doubled, or moved to another place.
  public mutating func spliced(_ count: Int) -> [HostileImage] {
    (0..<count).map { number in
      let start = random.integer(in: 2..<file.count)
      let piece = file[start..<min(start + random.integer(in: 1..<300), file.count)]
      var bytes = file
      if number % 3 > 0 { bytes.removeSubrange(piece.indices) }
      if number % 3 < 2 { bytes.insert(contentsOf: piece, at: random.integer(in: 2..<bytes.count + 1)) }
      return make("splice \(number)", bytes)
    }
  }
}

/// What is particular to JPEG.
extension HostileImages {
  /// Where segments with one of the markers begin.
  private func segments(_ markers: Set<UInt8>) -> [Int] {
    var found: [Int] = []
    var place = 2
    while place + 4 <= file.count, file[place] == 0xFF, file[place + 1] != 0xD9 {
      if markers.contains(file[place + 1]) { found.append(place) }
      if file[place + 1] == 0xDA { break }
      place += 2 + Int(file[place + 2]) << 8 + Int(file[place + 3])
    }
    return found
  }

  /// Every byte of the frame and scan headers (size, components, sampling, tables) set to values that it should not have.
  public func headers() -> [HostileImage] {
    segments([0xC0, 0xC2, 0xDA]).flatMap { start in
      (4..<19).flatMap { offset in
        [UInt8(0), 2, 5, 0x44, 0xFF].compactMap { value in
          guard start + offset < file.count else { return nil }
          var bytes = file
          bytes[start + offset] = value
          return make("header byte \(offset) = \(value)", bytes)
        }
      }
    }
  }

  /// Code lengths and values of the Huffman tables drawn anew, and quantisation by zero.
  public mutating func tables(_ count: Int) -> [HostileImage] {
    let starts = segments([0xC4, 0xDB])
    return (0..<count).map { number in
      var bytes = file
      let start = starts[number % starts.count]
      let length = Int(bytes[start + 2]) << 8 + Int(bytes[start + 3])
      for offset in 5..<length where random.integer(in: 0..<3) == 0 {
        bytes[start + offset] = number % 4 == 0 ? 0 : UInt8(random.integer(in: 0..<256))
      }
      return make("table \(number)", bytes)
    }
  }

  /// Restart intervals that the file does not keep, and restart markers where none should be.
  public mutating func restarts(_ count: Int) -> [HostileImage] {
    guard let scan = segments([0xDA]).first else { return [] }
    return (0..<count).map { number in
      var bytes = file
      for _ in 0..<number % 5 {
        let place = random.integer(in: scan + 14..<bytes.count)
        bytes.insert(contentsOf: [0xFF, 0xD0 + UInt8(random.integer(in: 0..<8))], at: place)
      }
      if number % 2 == 0 {
        bytes.insert(contentsOf: [0xFF, 0xDD, 0, 4, 0, UInt8(random.integer(in: 1..<9))], at: scan)
      }
      return make("restarts \(number)", bytes)
    }
  }

  /// Application segments, as many and as long as they get.
  public func hugeMetadata() -> [HostileImage] {
    let segment = [0xFF, 0xE1, 0xFF, 0xFF] + Array("Exif\0\0II*\0\u{8}\0\0\0\u{7F}\u{7F}".utf8)
    let filled = segment + [UInt8](repeating: 0x12, count: 65_537 - segment.count)
    return [1, 100].map { count in
      make("\(count) full EXIF segments", file.prefix(2) + (0..<count).flatMap { _ in filled } + file.dropFirst(2))
    } + [
      make("5000 empty segments", file.prefix(2) + (0..<5000).flatMap { _ in [0xFF, 0xE1, 0, 2] } + file.dropFirst(2))
    ]
  }
}
