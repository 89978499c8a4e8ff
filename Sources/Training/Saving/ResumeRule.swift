import Tensors

/// Whether a run may go on from a checkpoint: only with the configuration and the images that it was begun with, except for
/// fields that do not touch the weights, and for those that the user names.
package struct ResumeRule {
  /// Paths of fields, or of objects, that may differ, as `--allow-change` gave them.
  let allowed: [String]

  /// Stands for the images themselves, which are no field.
  private static let images = "data"

  /// Throws `RunError` for paths that name nothing.
  package init(allowing allowed: [String]) throws {
    let fields = RunConfiguration.sections.flatMap(\.fields).map(\.path)
    for path in allowed where !fields.contains(where: { ResumeRule.covers(path, $0) }) {
      throw RunError(
        .usage,
        "--allow-change \(path): expected a field of the configuration, or an object of it, as in "
          + "optimizer.momentum or optimizer")
    }
    self.allowed = allowed
  }

  /// The differences that may be; throws `RunError` with all that may not.
  ///
  /// - Parameters:
  ///   - theirs: what the checkpoint at `path` says that its run was begun with.
  package func check(
    _ mine: RunConfiguration, images: Digest, against theirs: (configuration: RunConfiguration, images: String),
    path: String
  ) throws -> [ConfigurationDifference] {
    let differences = mine.differences(from: theirs.configuration).filter(\.affectsWeights)
    var refused = differences.filter { !allows($0.path) }.map { difference in
      "\(difference.path): \(difference.theirs ?? "not given") there, \(difference.mine ?? "not given") here"
    }
    if theirs.images != "\(images)", !allows(Self.images) {
      refused.append(
        "data: other images there (their names, labels or number) than data.train and data.validation have here")
    }
    guard refused.isEmpty else {
      throw RunError(
        .usage,
        """
        \(path) is of a run with another configuration:
          \(refused.joined(separator: "\n  "))
        Set them back, or name those that shall change (--allow-change PATH, several times), or begin a new run under \
        another name (--set name=...).
        """)
    }
    return differences
  }

  private func allows(_ path: String) -> Bool { allowed.contains { ResumeRule.covers($0, path) } }

  /// Whether `path` is that field or lies inside that object.
  private static func covers(_ allowed: String, _ path: String) -> Bool {
    path == allowed || path.hasPrefix(allowed + ".")
  }
}
