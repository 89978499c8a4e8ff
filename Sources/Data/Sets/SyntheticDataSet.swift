import Tensors

/// Noise with labels, drawn on request: a data set for benchmarks and tests, without files and without decoding.
public struct SyntheticDataSet: DataSet {
  public let count: Int
  public let classes: [String]
  public let size: PixelSize
  public let seed: UInt64

  public init(count: Int, classes: Int, size: PixelSize, seed: UInt64 = 0) {
    precondition(count >= 0 && classes > 0 && size.pixels > 0, "a synthetic data set without extent")
    self.count = count
    self.classes = (0..<classes).map { "class-\($0)" }
    self.size = size
    self.seed = seed
  }

  public func label(of sample: Int) -> Int { sample % classes.count }

  public var classCounts: [Int] {
    let (each, rest) = count.quotientAndRemainder(dividingBy: classes.count)
    return classes.indices.map { each + ($0 < rest ? 1 : 0) }
  }

  public func name(of sample: Int) -> String { "synthetic sample \(sample)" }

  public func read(_ sample: Int, into bytes: inout ByteBuffer) throws(DataError) -> StoredForm {
    let pixels = bytes.resize(to: size.pixels * 3, padding: 7)
    var random = KeyedRandom(seed: seed, purpose: .drawing, index: sample)
    for offset in stride(from: 0, to: pixels.count, by: 8) {
      pixels.baseAddress?.storeBytes(of: random.next().littleEndian, toByteOffset: offset, as: UInt64.self)
    }
    return .rgb(size)
  }
}
