import Data
import Foundation
import Testing

/// Runs `body` and hands its `DataError` back.
func dataError(_ body: () throws -> some Any) -> DataError? {
  do {
    _ = try body()
    return nil
  } catch {
    return error as? DataError
  }
}

/// Expects the fault of a file: its path, its place in it, and words of its message.
func expectFault(
  _ path: String, at offset: Int? = nil, _ words: String..., from body: () throws -> some Any,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard case .badFile(let fault)? = dataError(body) else {
    Issue.record(
      "not a fault of a file: \(dataError(body).map { "\($0)" } ?? "no error")", sourceLocation: sourceLocation)
    return
  }
  #expect(fault.path == path && fault.offset == offset, "\(fault)", sourceLocation: sourceLocation)
  for word in words {
    #expect(fault.description.contains(word), "no '\(word)' in \(fault)", sourceLocation: sourceLocation)
  }
}

/// The pixels of a sample that is stored as such.
func pixels(_ set: any DataSet, _ sample: Int) throws -> (size: PixelSize, bytes: [UInt8]) {
  var bytes = ByteBuffer()
  guard case .rgb(let size) = try set.read(sample, into: &bytes) else {
    Issue.record("sample \(sample) is not pixels")
    return (PixelSize(width: 0, height: 0), [])
  }
  return (size, Array(bytes.bytes))
}
