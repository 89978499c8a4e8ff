import Foundation
import TestSupport
import Testing

extension JobSuite {
  /// The scripts in `launch` and `cluster`, called as people call them: by links, and in folders with blanks in their names.
  @Suite(.serialized) struct ScriptTests {
    private static let package = SupervisedJob.script.deletingLastPathComponent().deletingLastPathComponent()

    /// Relative to the package.
    private static let all: [String] = ["launch", "cluster"].flatMap { folder in
      let names = (try? FileManager.default.contentsOfDirectory(atPath: package.path + "/" + folder)) ?? []
      return names.filter { !$0.contains(".") && $0 != "lib" }.sorted().map { "\(folder)/\($0)" }
    }

    private let folder: JobFolder

    init() throws { folder = try JobFolder(images: false) }

    private func link(_ name: String, to target: String) throws {
      try FileManager.default.createSymbolicLink(atPath: folder.path(name), withDestinationPath: target)
    }

    /// Names in the folder by which a script can be called: a link, a chain of links, and two by way of a folder.
    private func links(to script: String, of package: String) throws -> [String] {
      let name = String(script.drop { $0 != "/" }.dropFirst())
      try FileManager.default.createDirectory(atPath: folder.path("bin"), withIntermediateDirectories: true)
      try link("my run", to: "\(package)/\(script)")
      try link("bin/run", to: "../my run")
      try link("everything", to: package)
      try link("some", to: "\(package)/\(script.prefix { $0 != "/" })")
      return ["my run", "bin/run", "everything/\(script)", "some/\(name)"]
    }

    private func call(
      _ name: String, _ arguments: String..., environment: [String: String] = [:]
    ) throws -> ProcessOutcome {
      let words = ["-c", "exec \"$0\" \"$@\"", "./\(name)"] + arguments
      return try runProcess(
        URL(fileURLWithPath: "/bin/sh"), words, environment: environment, directory: folder.url)
    }

    @Test(arguments: all) func scriptsWorkThroughLinks(script: String) throws {
      for name in try links(to: script, of: Self.package.path) {
        // A relative `cd` would go elsewhere and say so.
        let helped = try call(name, "--help", environment: ["CDPATH": "/:\(folder.path("bin"))"])
        #expect(helped.status == 0 && helped.output.contains("usage"), "\(name): \(helped)")
      }
    }

    @Test func theProgramIsFoundFromTheScriptsOwnPlace() throws {
      let program = "\(Self.package.path)/.build/release/dist-train "
      for name in try links(to: "launch/local", of: Self.package.path) {
        let printed = try call(name, "--print", "2", "job.json")
        #expect(printed.status == 0 && printed.errors.contains(program), "\(name): \(printed)")
      }
    }

    /// mpirun's own agents have no --help: this one gets as far as its missing arguments.
    @Test func theAgentWorksThroughLinks() throws {
      for name in try links(to: "cluster/lib/virtual-ssh", of: Self.package.path) {
        let called = try call(name)
        #expect(called.errors.hasSuffix("$1: unbound variable\n"), "\(name): \(called)")
        #expect(called.errors.split(separator: "\n").count == 1, "\(name): \(called)")
      }
    }

    @Test func aFolderMayHaveBlanksInItsName() throws {
      try FileManager.default.createDirectory(atPath: folder.path("a b"), withIntermediateDirectories: true)
      for part in ["launch", "cluster"] {
        try FileManager.default.copyItem(atPath: "\(Self.package.path)/\(part)", toPath: folder.path("a b/\(part)"))
      }
      for script in Self.all {
        let helped = try call("a b/\(script)", "--help")
        #expect(helped.status == 0 && helped.output.contains("usage"), "\(script): \(helped)")
      }
      try folder.write(JobFolder.configuration, to: "job.json")
      let printed = try call("a b/launch/supervise", "--print", "--ranks", "2", "job.json")
      let root = folder.url.resolvingSymlinksInPath().path + "/a b"
      #expect(printed.output.contains("'\(root)/launch/local'"), "\(printed)")
    }

    @Test(.enabled(if: VirtualCluster.isPossible, "needs root and network namespaces"))
    func aVirtualClusterRunsFromSuchAFolder() throws {
      try FileManager.default.createDirectory(atPath: folder.path("a b"), withIntermediateDirectories: true)
      for part in ["launch", "cluster"] {
        try FileManager.default.copyItem(atPath: "\(Self.package.path)/\(part)", toPath: folder.path("a b/\(part)"))
      }
      let cluster = try VirtualCluster(hosts: 2)
      let ran = try call("a b/cluster/virtual", "run", "--name", cluster.name, "--", "uname", "-n")
      #expect(ran.status == 0 && ran.output.split(separator: "\n").count == 2, "\(ran)")
    }
  }
}
