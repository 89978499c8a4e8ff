import Foundation

/// Starts the package's own programs, alone or under `mpirun`.
public enum MPIRun {
  /// Runs `mpirun -np ranks executable arguments...` on this machine, with more ranks than cores if need be, as root too.
  ///
  /// - Parameters:
  ///   - executable: a product's name.
  ///   - environment: of `mpirun` and, since they are on this machine, of the ranks.
  ///   - onStart: called with `mpirun`'s process number, for tests that send signals.
  public static func run(
    ranks: Int, executable: String, arguments: [String] = [], environment: [String: String] = [:],
    directory: URL? = nil, timeout: Duration = .seconds(60), onStart: (pid_t) -> Void = { _ in }
  ) throws -> ProcessOutcome {
    var all = ["OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"]
    all.merge(environment) { _, new in new }
    let options = ["--oversubscribe", "--bind-to", "none", "-np", "\(ranks)"]
    return try runProcess(
      URL(fileURLWithPath: try path(of: "mpirun")), options + [try product(executable).path] + arguments,
      environment: all, directory: directory, timeout: timeout, onStart: onStart)
  }

  /// Runs a product by itself.
  public static func runAlone(
    executable: String, arguments: [String] = [], environment: [String: String] = [:], directory: URL? = nil,
    timeout: Duration = .seconds(60), onStart: (pid_t) -> Void = { _ in }
  ) throws -> ProcessOutcome {
    try runProcess(
      try product(executable), arguments, environment: environment, directory: directory, timeout: timeout,
      onStart: onStart)
  }

  /// A program of this package: it lies beside the test bundle, which is the program that runs now.
  public static func product(_ name: String) throws -> URL {
    let running = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    let folder = running.deletingLastPathComponent()
    let product = folder.appendingPathComponent(name)
    guard FileManager.default.isExecutableFile(atPath: product.path) else {
      throw ProcessError(description: "there is no program '\(name)' in \(folder.path); was it built with the tests?")
    }
    return product
  }

  private static func path(of program: String) throws -> String {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    for folder in folders {
      let path = "\(folder)/\(program)"
      if FileManager.default.isExecutableFile(atPath: path) { return path }
    }
    throw ProcessError(description: "'\(program)' is in no folder of PATH; is Open MPI installed?")
  }
}
