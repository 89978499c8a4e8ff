import Foundation

/// Remembers beside a run's files which faults have happened, so that a run that is started again with the same faults does
/// not fall into them for ever. Each rank keeps its own, on its host.
struct FaultMarks {
  private let folder: String
  /// Whether those of an earlier start count.
  private let areHonoured: Bool

  init(_ folder: OutputFolder, resume: JobRequest.Resume) {
    self.folder = folder.injected
    areHonoured = resume != .never && resume != .unlessBegun
  }

  private func path(_ injection: FaultInjection) -> String {
    "\(folder)/\(injection.description.replacing("/", with: ":"))"
  }

  func has(_ injection: FaultInjection) -> Bool {
    areHonoured && FileManager.default.fileExists(atPath: path(injection))
  }

  /// Durable before the fault happens.
  func leave(_ injection: FaultInjection) throws {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw RunError(.output, "\(folder), where injected faults are noted, cannot be made: \(error)")
    }
    try DurableFile.write("", to: path(injection))
  }
}
