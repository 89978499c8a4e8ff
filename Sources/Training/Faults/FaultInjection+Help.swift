extension FaultInjection {
  /// What can be injected, for `--help`.
  public static var help: String {
    """
    FAULTS
      --inject kind,rank,step,phase[,argument] makes a fault happen on a rank in a step, counted from 1 as in the metrics. It \
    happens once in a run: the rank that it happens to notes it in <output>/<name>/injected/, and a run that is started again \
    with --resume auto leaves it out.

    Kinds, with their arguments:
    \(FaultKind.allCases.map { "  \($0.rawValue)\($0.argument)  \($0.meaning)" }.joined(separator: "\n"))

    PLACE is PARAMETER/ELEMENT/BIT, such as conv1.weight/12/30, or its first parts; what is not given is drawn from the seed. \
    TIME is the so-manieth time that the phase is reached in the step; in save, given, it is the file operation of the \
    checkpoint that rank 0 writes. Operations are those that change something, from the making of the checkpoint's folder on.

    Phases of kill, stop and delay; the others have one of them:
    \(FaultPhase.allCases.map { "  \($0.rawValue)  \($0.meaning)" }.joined(separator: "\n"))
    """
  }
}
