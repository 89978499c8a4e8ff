import Testing

/// Whole jobs, one at a time: each takes all cores of the machine.
@Suite(.serialized) enum JobSuite {}
