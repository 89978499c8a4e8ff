extension RunConfiguration {
  public struct SyncBatchNorm: Sendable, Equatable {
    public let span: Span

    public enum Span: String, CaseIterable, Sendable { case all, none }

    static let meaning = "Which ranks share the statistics of batch norms in training."

    init(_ fields: ConfigurationReader) {
      span = fields.read(
        "span", .choice(), default: .all,
        "`all`: every rank, so that the result does not depend on the number of ranks. `none`: each rank for itself.")
    }
  }

  public struct Collectives: Sendable, Equatable {
    public let algorithm: Algorithm
    public let wire: Wire
    public let bucketMegabytes: Double
    public let timeoutSeconds: Double

    public enum Algorithm: String, CaseIterable, Sendable { case auto, ring }

    public enum Wire: String, CaseIterable, Sendable { case f32 }

    static let meaning = "How ranks add up gradients and statistics."

    init(_ fields: ConfigurationReader) {
      algorithm = fields.read(
        "algorithm", .choice(), default: .auto, "The all-reduce. `auto`: chosen for the number of ranks and bytes.")
      wire = fields.read("wire", .choice(), default: .f32, "The type in which gradients travel.")
      bucketMegabytes = fields.read(
        "bucket_megabytes", .number(of: "megabytes", .above(0, to: 4096)), default: 25,
        "Gradients are sent in buckets of about this size (10^6 bytes), as soon as the backward pass has filled one.")
      timeoutSeconds = fields.read(
        "timeout_seconds", .number(of: "seconds", .above(0, to: 1_000_000)), default: 300, affects: .nothing,
        "A rank that waits longer for another ends the job and names it.")
    }
  }
}
