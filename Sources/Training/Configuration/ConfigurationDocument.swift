/// The text of `docs/configuration.md`, written from the declarations in the code.
package enum ConfigurationDocument {
  package static var markdown: String {
    ([introduction] + RunConfiguration.sections.map(section) + [metrics, evaluation, result, exitStatuses])
      .joined(separator: "\n\n") + "\n"
  }

  private static let introduction = """
    # Configuration

    This file is written from the code, by the test that compares it with the code. To rewrite it:

        UPDATE_DOCS=1 swift test --filter ConfigurationDocumentTests

    A run is described by one JSON file, read strictly: an unknown key, a key given twice or a value of another type
    than stated is an error, and all errors are reported together. Everything but `model`, `data` and one of `epochs`
    and `steps` has a default. Paths are relative to the working directory. `examples/` holds complete files.

    `--set PATH=VALUE` changes a field from the command line, as in `--set optimizer.momentum=0.8`. The value is taken
    as JSON where it is JSON and as a string otherwise; `null` takes the key out, so that
    `--set epochs=null --set steps=100` makes a short run of a long one.

    Where a section says so, a plain value may stand in its place for one of its fields: `"precision": "bf16"` and
    `--set precision=bf16` set `precision.type`.

    A run is resumed with the configuration it was begun with, because the trained weights follow from it. Fields
    marked † may change: they do not touch the training steps, or only how and where they are computed (another
    number of threads may change the last bits).

    The files of a run are in `<output>/<name>/`:

    | file | content |
    | --- | --- |
    | `config.lock.json` | the full configuration as used, all defaults filled in; a valid configuration itself |
    | `metrics.jsonl` | a line for each report, see [below](#metricsjsonl) |
    | `non-finite-<step>.json` | what was not finite in a step, on which ranks, and their samples; see [faults.md](faults.md) |
    | `evaluation.json` | the last evaluation class by class, see [below](#evaluationjson) |
    | `checkpoints/` | a folder for each checkpoint kept, and `latest` |
    | `result.json` | how the run ended, see [below](#resultjson); written last |
    """

  private static func section(_ section: ConfigurationSection) -> String {
    let rows = section.fields.map { field in
      let mark = field.affects == .nothing ? " †" : ""
      let value = field.defaultText.map { $0 == "not given" ? $0 : "`\($0)`" } ?? "must be given"
      return ["`\(field.key)`\(mark)", field.expected, value, field.meaning]
    }
    let title = section.path.isEmpty ? "The top of the file" : "`\(section.path)`"
    let shorthand = section.shorthand.map { " A plain value in place of the object stands for `\($0)`." } ?? ""
    return "## \(title)\n\n\(section.meaning)\(shorthand)\n\n" + table(["key", "value", "default", "meaning"], rows)
  }

  private static var metrics: String {
    """
    ## metrics.jsonl

    One JSON object a line; `kind` says which of the following it is. Steps and epochs are counted from 1. JSON has no
    word for numbers that are not finite: they are the strings `"NaN"`, `"Infinity"` and `"-Infinity"`. A resumed run
    first takes out the lines after its checkpoint.

    \(report(StepReport.self, "Every `log.every_steps` steps."))

    \(report(EpochReport.self, "At the end of each epoch."))

    \(report(EvaluationReport.self, "After each evaluation."))

    \(report(CheckpointReport.self, "When a checkpoint is complete."))

    \(report(SkippedReport.self, "In place of a step's line, where `numbers.non_finite` is `skip`."))

    \(report(RewindReport.self, "When the run goes back, where `numbers.non_finite` is `rewind`."))
    """
  }

  private static var result: String {
    "## result.json\n\n" + fields(RunResult.self)
  }

  private static var evaluation: String {
    "## evaluation.json\n\nReplaced after each evaluation; `dist-train evaluate --report FILE` writes it for any checkpoint.\n\n"
      + fields(EvaluationDetails.self)
  }

  private static var exitStatuses: String {
    "## Exit status\n\n"
      + table(["status", "meaning"], ExitStatus.allCases.map { ["\($0.rawValue)", $0.meaning] })
  }

  private static func report<Kind: MetricsReport>(_: Kind.Type, _ occasion: String) -> String {
    "### \(Kind.kind)\n\n\(occasion)\n\n" + fields(Kind.self)
  }

  private static func fields<Kind: Report>(_: Kind.Type) -> String {
    table(["member", "meaning"], Kind.CodingKeys.allCases.map { ["`\($0.rawValue)`", Kind.meaning(of: $0)] })
  }

  private static func table(_ head: [String], _ rows: [[String]]) -> String {
    ([head, head.map { _ in "---" }] + rows)
      .map { "| " + $0.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |" }
      .joined(separator: "\n")
  }
}
