import Collectives
import Data
import Fabrics
import Network
import Tensors
import TestSupport
import Training

/// The shortest run that has what runs have: two steps an epoch, the second one smaller than most worlds.
let smallText = """
  { "name": "small", "output": "o", "steps": 6, "threads_per_rank": 1,
    "model": { "name": "resnet18", "classes": 4, "zero_init_residual": true },
    "data": { "train": "t", "validation": "v", "image_size": 64 }, "batch": { "global": 7 },
    "evaluation": { "batch": 4 }, "log": { "progress": "none" } }
  """

let smallImages = ImageCounts(training: 10, validation: 21)

func smallPlan(worldSize: Int = 1, _ overrides: String..., images: ImageCounts = smallImages) throws -> RunPlan {
  let configuration = try RunConfiguration(text: smallText, source: "small.json", overrides: overrides)
  return try RunPlan(configuration, images: images, worldSize: worldSize)
}

/// The same run of a network that a test can train on many ranks at once: a residual block between two convolutions.
func tinyPlan(worldSize: Int = 1, images: ImageCounts = smallImages, _ overrides: [String] = []) throws -> RunPlan {
  let configuration = try RunConfiguration(
    text: smallText, source: "small.json",
    overrides: ["data.image_size=16", "collectives.bucket_megabytes=0.002"] + overrides)
  var graph = Graph(name: "tiny", input: [3, 16, 16])
  var x = try graph.add("conv1", Convolution(outputChannels: 8, kernel: 3, stride: 2, padding: 1), graph.input)
  x = try graph.add("relu1", ReLU(), try graph.add("bn1", BatchNorm(), x))
  let shortcut = x
  x = try graph.add("conv2", Convolution(outputChannels: 8, kernel: 3, stride: 1, padding: 1), x)
  x = try graph.add("bn2", BatchNorm(), x)
  x = try graph.add("relu2", ReLU(), try graph.add("add", Add(), x, shortcut))
  graph.markOutput(try graph.add("fc", Linear(outputs: 4), try graph.add("pool", GlobalAveragePooling(), x)))
  return try RunPlan(configuration, graph: graph, images: images, worldSize: worldSize)
}

/// Runs `body` on ranks that are threads, and returns what every rank returned.
///
/// - Parameter hosts: how many ranks each host has; the last number goes for all further ones. Nil: all are on one.
func onRanks<Value: Sendable>(
  _ worldSize: Int, hosts: [Int]? = nil, _ body: @escaping @Sendable (Communicator) throws -> Value
) throws -> [Value] {
  try runRanksAsThreads(worldSize: worldSize) { fabric in
    let fabric: any Fabric = hosts.map { HostsFabric(fabric, hosts: $0) } ?? fabric
    return try body(try Communicator(fabric: fabric, timeout: .seconds(60)))
  }.map { try $0.get() }
}

/// The `JobFailure` of `body`; nil when there was none. Other errors are passed on.
func jobFailure(_ body: () throws -> Void) throws -> JobFailure? {
  do {
    try body()
    return nil
  } catch let failure as JobFailure {
    return failure
  }
}

/// Images and labels that are functions of the sample, so that every world sees the same ones.
struct SmallBatch: ~Copyable {
  private static let classes = 4
  private let images: AlignedBuffer
  private let labels: AlignedBuffer

  init(_ samples: Range<Int>, imageSize: Int = 16) {
    let elements = 3 * imageSize * imageSize
    images = AlignedBuffer(bytes: samples.count * elements * 4)
    labels = AlignedBuffer(bytes: samples.count * 4)
    let pixels = images.elements(Float.self)
    for (index, sample) in samples.enumerated() {
      var random = KeyedRandom(seed: 5, purpose: .testing, index: sample)
      for element in 0..<elements { pixels[index * elements + element] = Float(random.normal()) }
      labels.elements(Int32.self)[index] = Int32(sample % Self.classes)
    }
  }

  /// Makes one pixel of the first image not a number.
  func spoil() { images.elements(Float.self)[100] = .nan }

  /// The pointers are valid only in `body`.
  func withLocal<Result>(_ body: (LocalBatch) throws -> Result) rethrows -> Result {
    defer { extendLifetime(self) }
    return try body(
      LocalBatch(
        images: UnsafePointer(images.elements(Float.self).baseAddress!),
        labels: UnsafePointer(labels.elements(Int32.self).baseAddress!), count: labels.bytes.count / 4))
  }
}

extension RunPlan {
  /// The samples that a rank trains on in a step of the first epoch, unshuffled.
  func samples(step: Int, rank: Int) -> Range<Int> { shards.localRange(step: step, rank: rank) }
}
