/// How progress is shown.
public enum ProgressStyle: String, CaseIterable, Sendable {
  /// `line` where a person watches a terminal, otherwise `plain`.
  case auto
  /// One line, redrawn in place.
  case line
  /// Whole lines at a bounded rate, for files and log collectors.
  case plain
  case none
}
