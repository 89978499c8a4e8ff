import Glibc
import JSON

/// `bad-samples.jsonl`: a line for each training image that could not be read, in the order in which a run met them.
///
/// A resumed run goes on with the file, so that an image is listed once and counted once.
package struct BadSampleFile: ~Copyable {
  private let path: String
  private var file: OutputDescriptor?
  /// Numbers of the samples that are listed.
  private var listed: Set<Int> = []

  package var count: Int { listed.count }

  /// Begins without any; a file of an earlier run is removed.
  package init(creating path: String) throws(OutputError) {
    self.path = path
    guard unlink(path) == 0 || errno == ENOENT else { throw OutputError("unlink", path) }
  }

  /// Goes on with a file, which may be missing. A torn line is taken out.
  package init(resuming path: String) throws {
    self.path = path
    var text = ""
    do {
      text = String(decoding: try readFile(path), as: UTF8.self)
    } catch  where error.code == ENOENT {
      return
    } catch {
      throw OutputError("read", path, code: error.code)
    }
    let lines = text.split(separator: "\n")
    let reports = lines.compactMap { try? BadSampleReport(json: String($0)) }
    listed = Set(reports.map(\.sample))
    if reports.count < lines.count || !text.hasSuffix("\n") {
      try DurableFile.write(try reports.map { try $0.json().line + "\n" }.joined(), to: path)
    }
  }

  /// Adds those that are not listed yet, and returns them.
  package mutating func append(_ reports: [BadSampleReport]) throws -> [BadSampleReport] {
    let new = reports.filter { listed.insert($0.sample).inserted }
    if new.isEmpty { return [] }
    if file == nil { file = try OutputDescriptor(path, .appending) }
    for report in new { try file?.write(try report.json().line + "\n") }
    return new
  }
}
