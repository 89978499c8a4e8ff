import Glibc
import JSON

/// What the files of a run's folder, its checkpoints aside, tell of an earlier start.
package struct EarlierRun: Equatable {
  /// The newest checkpoint that the metrics report: its steps and its folder.
  package var checkpoint: (step: Int, path: String)?
  /// The last step that they report; 0: none.
  package var lastStep = 0
  package var hasResult = false

  package init(_ folder: OutputFolder) throws {
    hasResult = access(folder.result, F_OK) == 0
    let bytes: [UInt8]
    do {
      bytes = try readFile(folder.metrics)
    } catch  where error.code == ENOENT {
      return
    } catch {
      throw OutputError("read", folder.metrics, code: error.code)
    }
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      guard let report = try? JSONValue(parsing: String(decoding: line, as: UTF8.self)),
        case .integer(let step)? = report["step"]
      else { continue }
      lastStep = max(lastStep, step)
      if report["kind"] == .string(CheckpointReport.kind), case .string(let path)? = report["path"] {
        checkpoint = (step, path)
      }
    }
  }

  package static func == (one: Self, other: Self) -> Bool {
    (one.checkpoint?.step, one.checkpoint?.path, one.lastStep, one.hasResult)
      == (other.checkpoint?.step, other.checkpoint?.path, other.lastStep, other.hasResult)
  }
}
