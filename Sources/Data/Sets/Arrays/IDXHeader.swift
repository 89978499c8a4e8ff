/// The beginning of an IDX file: two zero bytes, the type of the values, the number of dimensions, and each of them as a
/// big-endian 32-bit number. Source: <http://yann.lecun.com/exdb/mnist/>, "The IDX file format".
struct IDXHeader: Hashable {
  /// One or more; `bytes` is their product.
  let dimensions: [Int]
  let bytes: Int

  static func length(dimensions: Int) -> Int { 4 + 4 * dimensions }

  /// Nothing in `bytes` is trusted: the product of the dimensions is checked to fit.
  init(_ bytes: [UInt8], dimensions count: Int, path: String) throws(DataError) {
    precondition(bytes.count == Self.length(dimensions: count), "\(bytes.count) bytes of an IDX header")
    let magic: [UInt8] = [0, 0, 8, UInt8(count)]
    guard Array(bytes[..<4]) == magic else {
      throw .badFile(
        FileFault(
          path, offset: 0, expected: "an IDX file of \(count)-dimensional bytes, which begins with \(magic)",
          got: "\(Array(bytes[..<4]))", advice: "Check that this is the right file, or download it again."))
    }
    dimensions = (0..<count).map { dimension in
      bytes[(4 + 4 * dimension)..<(8 + 4 * dimension)].reduce(0) { $0 << 8 | Int($1) }
    }
    var product = 1
    for (index, dimension) in dimensions.enumerated() {
      let (next, overflow) = product.multipliedReportingOverflow(by: dimension)
      guard dimension > 0, !overflow else {
        throw .badFile(
          FileFault(
            path, offset: 4 + 4 * index, expected: "dimensions above 0 whose product fits 63 bits",
            got: dimensions.map(String.init).joined(separator: "x"), advice: FileFault.copyAgain))
      }
      product = next
    }
    self.bytes = product
  }
}
