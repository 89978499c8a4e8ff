import Foundation
import Platform
import SystemPackage
import Tensors

/// A folder of files in which is kept what takes long to find out about a data set: one file for each set.
///
/// What is kept is only ever a copy: a file that is missing, damaged, of another version or about another set is taken
/// for none. Files appear in one step, so that any number of processes may write and read them.
public struct IndexCache: Sendable {
  /// Nil: nothing is kept.
  public let folder: String?
  /// Smaller trees are listed faster than they are worth a file of their own.
  let leastNames: Int
  private let mayWrite: Bool

  /// A cache that keeps nothing.
  public static let none = IndexCache(folder: nil, mayWrite: false)

  public init(folder: String?, mayWrite: Bool = true, leastNames: Int = 20_000) {
    self.folder = folder
    self.leastNames = leastNames
    self.mayWrite = mayWrite
  }

  /// What is kept, with the version of its content.
  enum Kind: String {
    case shards = "shards-1"
    case tree = "tree-1"
  }

  private static let magic = Array("dt-index".utf8)

  /// What was kept about the data set at `path`, which is as people read it.
  func load(_ kind: Kind, of path: String) -> IndexReader? {
    guard let file = file(kind, path), let bytes = try? Self.read(file), bytes.count >= Self.magic.count + 8 else {
      return nil
    }
    let end = bytes.count - 8
    let digest = bytes.withUnsafeBytes { Digest(of: UnsafeRawBufferPointer(rebasing: $0[..<end])) }
    var trailer = IndexReader(bytes, from: end)
    var reader = IndexReader(bytes, from: Self.magic.count)
    do throws(IndexDamage) {
      guard bytes.starts(with: Self.magic), UInt64(bitPattern: Int64(try trailer.number())) == digest.value else {
        return nil
      }
      // Not as strings, of which two are equal where their letters are.
      guard try reader.text() == kind.rawValue, try reader.numbers(UInt8.self) == Array(path.utf8) else { return nil }
    } catch {
      return nil
    }
    return reader
  }

  /// Keeps what `write` writes. Returns why it could not be kept, if so: a reason to tell, and not to stop.
  func store(_ kind: Kind, of path: String, _ write: (inout IndexWriter) -> Void) -> String? {
    guard mayWrite, let folder, let file = file(kind, path) else { return nil }
    var content = IndexWriter(beginning: Self.magic)
    content.text(kind.rawValue)
    content.text(path)
    write(&content)
    let digest = content.bytes.withUnsafeBytes { Digest(of: $0) }
    content.number(Int(Int64(bitPattern: digest.value)))
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try Self.replace(file, by: content.bytes)
      return nil
    } catch {
      return
        "what was found out about \(path) cannot be kept in \(visibleText(file)) and will be found out again at the next start: "
        + "\((error as? Errno)?.description ?? (error as NSError).localizedDescription)"
    }
  }

  /// The file appears in one step, or not at all.
  private static func replace(_ path: String, by bytes: [UInt8]) throws {
    let partial = "\(path).partial-\(String(UInt32.random(in: .min ... .max), radix: 16))"
    do {
      let file = try FileDescriptor.open(
        FilePath(partial), .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
        permissions: [.ownerReadWrite, .groupReadWrite, .otherReadWrite])
      _ = try file.closeAfter { try file.writeAll(bytes) }
      guard rename(partial, path) == 0 else { throw Errno(rawValue: errno) }
    } catch {
      unlink(partial)
      throw error
    }
  }

  private func file(_ kind: Kind, _ path: String) -> String? {
    folder.map { "\($0)/\(kind.rawValue)-\(Digest(of: path)).index" }
  }

  private static func read(_ path: String) throws -> [UInt8] {
    let file = try DataFile(BytePath(path.utf8), as: "an index")
    return try file.bytes(at: 0, count: file.size)
  }
}

/// A moment before something was looked at, in nanoseconds since 1970.
///
/// File systems note times in steps, so a change right after a look may leave the time as it was. Hence what was changed
/// within two seconds before the look is looked at again the next time.
struct LookTime: Hashable, Sendable {
  private static let step = 2_000_000_000
  let nanoseconds: Int

  init(nanoseconds: Int) { self.nanoseconds = nanoseconds }

  static var now: LookTime {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return LookTime(nanoseconds: time.tv_sec * 1_000_000_000 + time.tv_nsec)
  }

  /// Whether something that now has the stamp `now` is as it was when it was looked at and had the stamp `then`.
  func vouches(for then: FileStamp, now: FileStamp) -> Bool {
    then == now && then.modified < nanoseconds - Self.step
  }
}
