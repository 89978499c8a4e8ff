import Foundation
import SystemPackage

/// A file that every input is written to anew, in the folder that launch/fuzz makes in memory and removes; each process
/// has its own (libFuzzer's -fork).
struct FuzzedFile: Sendable {
  let path: String

  init(_ name: String) throws {
    guard let folder = ProcessInfo.processInfo.environment["FUZZ_FOLDER"] else { throw Errno.noSuchFileOrDirectory }
    let own = "\(folder)/\(getpid())"
    try FileManager.default.createDirectory(atPath: own, withIntermediateDirectories: true)
    path = "\(own)/\(name)"
  }

  func write(_ bytes: some Sequence<UInt8>) throws {
    let file = try FileDescriptor.open(
      FilePath(path), .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: [.ownerReadWrite])
    _ = try file.closeAfter { try file.writeAll(bytes) }
  }

  func remove() { unlink(path) }
}

/// An input that makes two files: a byte of flags, the length of the first in two bytes, low byte first, and both.
struct TwoFiles {
  let flags: UInt8
  let first: ArraySlice<UInt8>
  let second: ArraySlice<UInt8>

  static let headerBytes = 3

  /// Nil where there is no room for the header. A first file that would be longer than what is there takes all of it.
  init?(_ input: [UInt8]) {
    guard input.count >= Self.headerBytes else { return nil }
    flags = input[0]
    let end = min(Self.headerBytes + Int(input[1]) + Int(input[2]) << 8, input.count)
    first = input[Self.headerBytes..<end]
    second = input[end...]
  }

  static func joined(flags: UInt8, _ first: [UInt8], _ second: [UInt8]) -> [UInt8] {
    [flags, UInt8(truncatingIfNeeded: first.count), UInt8(truncatingIfNeeded: first.count >> 8)] + first + second
  }
}
