extension RunConfiguration {
  public struct Limits: Sendable, Equatable {
    public let wallSeconds: Double
    public let slurmEndTime: Bool
    public let marginSeconds: Double

    static let meaning =
      "When a run stops by itself, after a checkpoint and with status 75, so that it can be started again to go on."

    init(_ fields: ConfigurationReader) {
      wallSeconds = fields.read(
        "wall_seconds", .number(of: "seconds", .atLeast(0)), default: 0, affects: .nothing,
        "So long after its start. 0: no limit.")
      slurmEndTime = fields.read(
        "slurm_end_time", .flag, default: true, affects: .nothing,
        "Before the end of the Slurm allocation that it runs in, which `SLURM_JOB_END_TIME` tells.")
      marginSeconds = fields.read(
        "margin_seconds", .number(of: "seconds", .atLeast(0)), default: 60, affects: .nothing,
        "It stops so much earlier: room for a step, a cut-off evaluation and writing a checkpoint.")
    }
  }
}
