import Foundation
import JSON
import TestSupport
import Testing

extension JobSuite {
  /// Every format trains and evaluates through the real program.
  @Suite(.serialized) struct FormatTests {
    /// Trains a few steps on two ranks, and checks what was evaluated.
    private func expectTraining(
      _ folder: JobFolder, _ name: String, validation: Int, _ more: [String],
      sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      let settings = ["epochs=null", "steps=3", "data.image_size=32"] + more
      let outcome = try folder.train(name, ranks: 2, settings.flatMap { ["--set", $0] })
      try #require(outcome.status == 0, "\(outcome)", sourceLocation: sourceLocation)
      let result = try JSONValue(
        parsing: String(contentsOfFile: folder.path("runs/\(name)/result.json"), encoding: .utf8))
      #expect(result["steps"] == .integer(3), sourceLocation: sourceLocation)
      #expect(result["total"] == .integer(validation), sourceLocation: sourceLocation)
      #expect((result["validation_loss"]?.number ?? 0) > 0, sourceLocation: sourceLocation)
    }

    private func pixel(_ sample: Int, _ index: Int) -> UInt8 {
      UInt8(truncatingIfNeeded: sample &* 67 &+ index &* index)
    }

    @Test func filesAsOfCIFAR() throws {
      let folder = try JobFolder()
      func records(_ range: Range<Int>, _ labels: (Int) -> [UInt8]) -> [UInt8] {
        range.flatMap { sample in labels(sample) + (0..<3072).map { pixel(sample, $0) } }
      }
      for batch in 1...5 {
        try folder.write(records(batch * 10..<batch * 10 + 6) { [UInt8($0 % 10)] }, to: "ten/data_batch_\(batch).bin")
      }
      try folder.write(records(70..<83) { [UInt8($0 % 10)] }, to: "ten/test_batch.bin")
      try expectTraining(
        folder, "ten", validation: 13, ["data.format=cifar10", "data.train=ten", "data.validation=ten"])
      try folder.write(records(0..<40) { [0, UInt8($0 % 100)] }, to: "hundred/train.bin")
      try folder.write(records(50..<57) { [0, UInt8($0 % 100)] }, to: "hundred/test.bin")
      try expectTraining(
        folder, "hundred", validation: 7,
        ["data.format=cifar100", "data.train=hundred", "data.validation=hundred", "model.classes=100"])
    }

    @Test func filesAsOfMNIST() throws {
      let folder = try JobFolder()
      func idx(_ dimensions: [Int], _ values: [UInt8]) -> [UInt8] {
        [0, 0, 8, UInt8(dimensions.count)] + dimensions.flatMap { [0, 0, UInt8($0 >> 8), UInt8($0 & 255)] } + values
      }
      for (name, count) in [("train", 30), ("t10k", 11)] {
        let pixels = (0..<count).flatMap { sample in (0..<784).map { pixel(sample, $0) } }
        try folder.write(idx([count, 28, 28], pixels), to: "mnist/\(name)-images-idx3-ubyte")
        try folder.write(idx([count], (0..<count).map { UInt8($0 % 10) }), to: "mnist/\(name)-labels-idx1-ubyte")
      }
      try expectTraining(
        folder, "mnist", validation: 11, ["data.format=idx", "data.train=mnist", "data.validation=mnist"])
    }

    @Test func nothingAtAll() throws {
      let folder = try JobFolder()
      try expectTraining(
        folder, "noise", validation: 24,
        ["data={\"format\": \"synthetic\", \"synthetic_images\": 24, \"image_size\": 32}"])
    }

    /// The program packs its own shards, says what they hold, trains on them, and evaluates the same images as the tree.
    @Test func shards() throws {
      let folder = try JobFolder()
      for (tree, shards, count) in [("train", "shards/train", 7), ("val", "shards/val", 3)] {
        let size = (tree == "train" ? JobFolder.trainingImages : JobFolder.validationImages + 2) / count
        let pack = try folder.command(
          ["data", "pack", "sample/\(tree)", shards, "--samples-per-shard", "\(size)", "--shuffle", "4"])
        try #require(pack.status == 0, "\(pack)")
        #expect(pack.errors.contains("into \(tree == "train" ? 8 : 3) shards"), "\(pack)")
      }
      let tar = ["data.format=tar", "data.train=shards/train", "data.validation=shards/val/shard-{00000..00002}.tar"]
      let settings = (tar + ["data.index=index"]).flatMap { ["--set", $0] }
      try folder.write(JobFolder.configuration, to: "job.json")
      let index = try folder.command(["data", "index", "job.json"] + settings)
      #expect(index.status == 0 && index.output.contains("50 images, 10 classes, 8 archives, 0 other files ignored"))
      #expect(index.output.contains("21 images, 10 classes, 3 archives") && folder.contents("index").count == 2)
      let epoch = ["epochs=1", "steps=null", "data.shuffle_window=64", "data.index=index"]
      let outcome = try folder.train("shards", ranks: 3, (tar + epoch).flatMap { ["--set", $0] })
      try #require(outcome.status == 0, "\(outcome)")
      #expect(try folder.metrics("shards", "epoch").map { $0["samples"] } == [.integer(JobFolder.trainingImages)])

      // One network gives the same counts for the images of the tree and of the shards, in whatever order.
      var reports: [[JSONValue?]] = []
      for more in [[], settings] {
        let evaluation = try folder.run(
          ranks: 2, ["evaluate", "job.json", "--checkpoint", folder.checkpoint("shards", step: 7)] + more)
        try #require(evaluation.status == 0, "\(evaluation)")
        let report = try JSONValue(parsing: String(try #require(evaluation.output.split(separator: "\n").last)))
        reports.append(["top1_correct", "top5_correct", "total", "validation_loss"].map { report[$0] })
      }
      #expect(reports[0] == reports[1] && reports[0][2] == .integer(JobFolder.validationImages))
    }

    @Test func damagedShardsEndTheJob() throws {
      let folder = try JobFolder()
      try folder.write([UInt8](repeating: 0x61, count: 2048), to: "bad/a.tar")
      let outcome = try folder.train(
        "bad", ranks: 2, ["--set", "data.format=tar", "--set", "data.train=bad", "--set", "data.validation=bad"])
      #expect(outcome.status == 65 && outcome.errors.contains("bad/a.tar, byte 148: expected"), "\(outcome)")
    }
  }
}

extension JobFolder {
  /// Writes a file and the folders above it.
  func write(_ bytes: [UInt8], to name: String) throws {
    let file = url.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Foundation.Data(bytes).write(to: file)
  }

  /// Runs `dist-train` without mpirun in this folder.
  func command(_ arguments: [String]) throws -> ProcessOutcome {
    try MPIRun.runAlone(executable: "dist-train", arguments: arguments, directory: url)
  }
}
