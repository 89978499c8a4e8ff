import Foundation
import TestSupport
import Testing

extension JobSuite {
  /// A limit on open files below what the data would like costs time, and is never taken for damage.
  @Suite(.serialized) struct OpenFilesTests {
    private static let archives = 300

    /// A training set of as many archives as it has images.
    private func makeFolder() throws -> JobFolder {
      let folder = try JobFolder(images: false)
      try folder.drawImages(training: Self.archives, validation: JobFolder.validationImages)
      for set in ["train", "val"] {
        let pack = try folder.command(["data", "pack", "sample/\(set)", "tar/\(set)", "--samples-per-shard", "1"])
        try #require(pack.status == 0, "\(pack)")
      }
      let text = JobFolder.configuration.replacing("sample/", with: "tar/")
        .replacing("\"train\":", with: "\"format\": \"tar\", \"train\":")
      try folder.write(text, to: "job.json")
      return folder
    }

    /// Runs a command in a shell that has set the limit, soft and hard, and has `taken` more files open.
    private func run(
      _ folder: JobFolder, limit: Int, taken: Int = 0, _ command: [String]
    ) throws -> ProcessOutcome {
      // What the tests themselves have open is inherited, and must not count.
      let close = "for f in /proc/self/fd/*; do n=${f##*/}; if [ $n -gt 2 ]; then eval \"exec $n<&-\"; fi; done"
      let take = (0..<taken).map { "exec \(3 + $0)</dev/null" }
      let script = ([close, "ulimit -n \(limit)"] + take + ["exec \"$@\""]).joined(separator: "; ")
      return try runProcess(
        URL(fileURLWithPath: "/bin/bash"), ["-c", script, "bash"] + command,
        environment: [
          "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_mpi_yield_when_idle": "1",
        ], directory: folder.url, timeout: .seconds(120))
    }

    @Test(arguments: [64, 32, 20]) func everyArchiveIsReadWithFewFiles(limit: Int) throws {
      let folder = try makeFolder()
      let program = try MPIRun.product("dist-train").path
      for command in [["verify", "job.json"], ["index", "job.json"], ["show", "job.json", "--images", "300"]] {
        let outcome = try run(folder, limit: limit, [program, "data"] + command)
        #expect(outcome.status == 0, "\(outcome)")
        if command[0] == "verify" {
          #expect(outcome.output.contains("training: 300 images, 0 of them damaged"), "\(outcome)")
        }
      }
      let pack = try run(folder, limit: limit, [program, "data", "pack", "sample/train", "again"])
      #expect(pack.status == 0, "\(pack)")
    }

    @Test func ranksTrainOnMoreArchivesThanTheyMayOpen() throws {
      let folder = try makeFolder()
      let program = try MPIRun.product("dist-train").path
      for (name, limit, workers) in [("few", 256, 1), ("fewer", 128, 3)] {
        let settings = [
          "name=\(name)", "threads_per_rank=1", "epochs=1", "data.image_size=32", "data.workers=\(workers)",
          "data.on_error=substitute", "data.max_bad_fraction=0.5",
        ]
        let outcome = try run(
          folder, limit: limit,
          ["mpirun", "--oversubscribe", "--bind-to", "none", "-np", "2", program, "job.json"]
            + settings.flatMap { ["--set", $0] })
        #expect(outcome.status == 0, "\(outcome)")
        #expect(try folder.metrics(name, "epoch").map { $0["substituted"] } == [.integer(0)])
      }
    }

    /// A pair of files has to be open at once; where that is impossible, the limit is named and the data is not blamed.
    @Test func whereNothingHelpsTheLimitIsNamed() throws {
      let folder = try JobFolder(images: false)
      try folder.write(JobFolder.configuration.replacing("sample/", with: "mnist"), to: "job.json")
      for name in ["train", "t10k"] {
        try folder.write([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 9], to: "mnist/\(name)-images-idx3-ubyte")
        try folder.write([0, 0, 8, 1, 0, 0, 0, 1, 0], to: "mnist/\(name)-labels-idx1-ubyte")
      }
      let program = try MPIRun.product("dist-train").path
      let command = [
        program, "data", "index", "job.json", "--set", "data.format=idx", "--set", "data.train=mnist", "--set",
        "data.validation=mnist",
      ]
      #expect(try run(folder, limit: 10, taken: 4, command).status == 0)
      let outcome = try run(folder, limit: 10, taken: 6, command)
      #expect(outcome.status == 70, "\(outcome)")
      for word in ["cannot be opened", "10 files open", "ulimit -n", "Nothing is wrong with the data"] {
        #expect(outcome.errors.contains(word), "no \(word) in \(outcome)")
      }
    }
  }
}
