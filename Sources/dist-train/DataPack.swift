import ArgumentParser
import Data
import Foundation
import Platform
import Training

/// `dist-train data pack`: tar shards from a folder tree.
struct DataPack: ParsableCommand {
  private static let defaults = PackOptions()

  static let configuration = CommandConfiguration(
    commandName: "pack",
    abstract: "Pack a folder tree into tar shards.",
    discussion: """
      Reads TREE/<class>/*.jpg and writes OUT/shard-00000.tar and so on, with OUT/classes.txt beside them, for \
      data.format "tar". Files are copied as they are unless --resize makes them smaller. The same tree and options give \
      the same bytes. OUT appears when all is written; it must be absent or empty.

      Images are shuffled over the shards, since training mixes images of neighbouring shards only.

      Exit status: 0 when the shards are there, 64 for a number out of range, 65 when an image cannot be used, 70 when the \
      limit on open files was met, 73 when OUT cannot be written.
      """)

  @Argument(help: ArgumentHelp("The folder with a folder for each class.", valueName: "TREE"), completion: .directory)
  var tree: String

  @Argument(help: ArgumentHelp("Where to write the shards.", valueName: "OUT"), completion: .directory)
  var directory: String

  @Option(help: ArgumentHelp("Megabytes (10^6 bytes) of a shard, before --resize. (default: 256)", valueName: "N"))
  var shardMegabytes: Int?

  @Option(help: ArgumentHelp("Images of a shard, instead.", valueName: "N"))
  var samplesPerShard: Int?

  @Option(
    help: ArgumentHelp("Resize the shorter side of larger images to N pixels and write them as JPEG.", valueName: "N"))
  var resize: Int?

  @Option(help: ArgumentHelp("JPEG quality of resized images, 1 to 100.", valueName: "Q"))
  var quality = defaults.quality

  @Option(
    help: ArgumentHelp(
      "Number the classes as in this tree: that of training, for a validation tree that lacks some.", valueName: "TREE")
  )
  var classesOf: String?

  @Option(help: ArgumentHelp("The order of the images follows from it.", valueName: "SEED"))
  var shuffle: UInt64 = 1

  @Flag(help: "Leave the images sorted by class. Right for validation; training would see one class after the other.")
  var sorted = false

  func validate() throws {
    if shardMegabytes != nil && samplesPerShard != nil {
      throw ValidationError("--shard-megabytes and --samples-per-shard exclude each other.")
    }
    try check("--shard-megabytes", shardMegabytes, 1...1_000_000)
    try check("--samples-per-shard", samplesPerShard, 1...1_000_000_000)
    try check("--resize", resize, 8...8192)
    try check("--quality", quality, 1...100)
  }

  private func check(_ name: String, _ value: Int?, _ range: ClosedRange<Int>) throws {
    if let value, !range.contains(value) {
      throw ValidationError("\(name): expected \(range.lowerBound) to \(range.upperBound), got \(value).")
    }
  }

  private var options: PackOptions {
    var options = Self.defaults
    if let shardMegabytes { options.shardSize = .bytes(shardMegabytes * 1_000_000) }
    if let samplesPerShard { options.shardSize = .samples(samplesPerShard) }
    options.shorterSide = resize
    options.quality = quality
    options.shuffleSeed = sorted ? nil : shuffle
    return options
  }

  func run() throws {
    do {
      let classes = try classesOf.map { try FolderTree(root: $0).classes }
      let images = try classes.map { try FolderTree(root: tree, classes: $0) } ?? FolderTree(root: tree)
      for line in images.notes { note(line) }
      let shards = try pack(images)
      note(
        "packed \(images.count) images of \(images.classes.count) classes into \(shards) shards in \(visibleText(directory))"
      )
    } catch let stopped as StopSignals.Stopped {
      note("stopped; nothing was left behind")
      throw ExitCode(128 + stopped.signal)
    } catch {
      note("Error: \(error)")
      throw ExitCode((error is SampleError ? ExitStatus.output : ExitStatus(for: error)).rawValue)
    }
  }

  private func pack(_ images: FolderTree) throws -> Int {
    let packer = ShardPacker(images, options: options, threads: ProcessInfo.processInfo.activeProcessorCount)
    let progress = ImageProgress(total: images.count, doing: "packing")
    defer { progress.finish() }
    return try StopSignals.during { checkStop in
      try packer.pack(to: directory) { done in
        try checkStop()
        progress.report(done)
      }
    }
  }

  private func note(_ line: String) {
    FileHandle.standardError.write(Foundation.Data("\(line)\n".utf8))
  }
}
