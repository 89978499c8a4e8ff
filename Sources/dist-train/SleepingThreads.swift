import Foundation
import Training

/// Starts this program again with OpenMP told to let threads sleep, where they would otherwise spin on cores that other
/// ranks need: OpenMP reads its settings before `main`. Where the user has set them, or nothing can be said, it returns.
enum SleepingThreads {
  private static let settings = ["OMP_WAIT_POLICY", "GOMP_SPINCOUNT"]

  /// To be called before MPI starts. An unreadable configuration is reported later, by all ranks together.
  static func ensure(_ options: ConfigurationOptions) {
    let environment = ProcessInfo.processInfo.environment
    guard settings.allSatisfy({ environment[$0] == nil }),
      let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"),
      let configuration = try? RunConfiguration(file: options.path, overrides: options.overrides),
      ThreadWaiting(configuration, environment: environment).mustSleep
    else { return }
    setenv(settings[0], "passive", 1)
    var arguments = CommandLine.arguments.map { strdup($0) } + [nil]
    // Only returns where it fails, and then the run is merely slow.
    execv(program, &arguments)
  }
}
