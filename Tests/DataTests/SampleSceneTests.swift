import Data
import Tensors
import Testing

/// What can be said about the pictures without a network. They are small here, to be drawn fast.
@Suite struct SampleSceneTests {
  private let specification: SampleSpecification

  init() throws { specification = try SampleSpecification(train: 1000, validation: 500, size: 32, seed: 3) }

  private func scenes(_ split: SampleSplit) -> [SampleScene] {
    (0..<specification.count(of: split)).map { SampleScene(specification, SampleImage(split: split, index: $0)) }
  }

  @Test func sizesVary() {
    let scenes = scenes(.train)
    #expect(scenes.allSatisfy { (24...48).contains($0.width) && (24...48).contains($0.height) })
    #expect(Set(scenes.map(\.width)).count > 20 && Set(scenes.map(\.height)).count > 20)
    let aspects = scenes.map { Double($0.width) / Double($0.height) }
    #expect(aspects.min()! < 0.6 && aspects.max()! > 1.7)
  }

  @Test func fewFilesAreOfAnotherForm() {
    let files = scenes(.train).map(\.file)
    let share = { (count: Int) in Double(count) / Double(files.count) }
    for odd in [
      files.count(where: \.progressive), files.count { $0.subsampling == .grayscale },
      files.count { $0.subsampling == .none }, files.count { $0.subsampling == .twoByOne },
    ] { #expect((0.01...0.06).contains(share(odd))) }
  }

  @Test func picturesAreAFunctionOfSeedSplitAndIndex() throws {
    let other = try SampleSpecification(train: 1000, validation: 500, size: 32, seed: 4)
    var seen: Set<Digest> = []
    for split in SampleSplit.allCases {
      for scene in scenes(split) {
        let pixels = scene.pixels()
        #expect(pixels.count == 3 * scene.width * scene.height)
        seen.insert(pixels.withUnsafeBytes(Digest.init(of:)))
      }
    }
    #expect(seen.count == 1000 + 500)
    let image = SampleImage(split: .train, index: 7)
    #expect(SampleScene(specification, image).pixels() == SampleScene(specification, image).pixels())
    #expect(SampleScene(other, image).pixels() != SampleScene(specification, image).pixels())
  }

  /// The same image of another class has the same paints, and the same surroundings to the bit.
  @Test func onlyTheObjectDependsOnTheClass() throws {
    let fewer = try SampleSpecification(classes: 9, train: 1000, validation: 500, size: 32, seed: 3)
    var changed = 0
    for index in 10..<200 where index % 9 != index % 10 {
      let image = SampleImage(split: .train, index: index)
      let scene = SampleScene(specification, image)
      let other = SampleScene(fewer, image)
      #expect(scene.object.paints == other.object.paints && scene.object.radius == other.object.radius)
      #expect(scene.file == other.file)
      let pixels = scene.pixels()
      let others = other.pixels()
      try #require(pixels.count == others.count)
      let shorter = Float(min(scene.width, scene.height))
      for pixel in 0..<scene.width * scene.height
      where pixels[3 * pixel..<3 * pixel + 3] != others[3 * pixel..<3 * pixel + 3] {
        let column = Float(pixel % scene.width) + 0.5 - Float(scene.width) / 2
        let row = Float(pixel / scene.width) + 0.5 - Float(scene.height) / 2
        let offset = SIMD2(column, row) / shorter - scene.object.centre
        #expect((offset * offset).sum().squareRoot() < 1.2 * scene.object.radius + 1 / shorter)
        changed += 1
      }
    }
    #expect(changed > 1000)
  }

  /// A classifier that knows each class's mean colour, and one that knows how colours spread too, hardly do better than
  /// chance, which is 50 of 500.
  @Test func colourDoesNotTellTheClass() {
    let train = scenes(.train).map { ColourStatistics($0.pixels()) }
    let validation = scenes(.validation).map { ColourStatistics($0.pixels()) }
    for features in [\ColourStatistics.mean, \ColourStatistics.histogram] {
      let correct = correctByNearestMean(train.map { $0[keyPath: features] }, validation.map { $0[keyPath: features] })
      #expect(correct < 85, "\(correct) of 500 by \(features)")
    }
  }

  /// The same classifier finds the class when it is told: the check above can fail.
  @Test func nearestMeanFindsWhatCanBeFound() {
    let told = { (count: Int) in
      (0..<count).map { index in (0..<10).map { index % 10 == $0 ? 1.0 : Double(index) / 10000 } }
    }
    #expect(correctByNearestMean(told(1000), told(500)) == 500)
  }

  private func correctByNearestMean(_ train: [[Double]], _ validation: [[Double]]) -> Int {
    let classes = specification.classes
    var means = [[Double]](repeating: Array(repeating: 0, count: train[0].count), count: classes)
    for (index, features) in train.enumerated() {
      for (axis, value) in features.enumerated() {
        means[index % classes][axis] += value * Double(classes) / Double(train.count)
      }
    }
    return validation.enumerated().count { index, features in
      let distances = means.map { mean in zip(mean, features).map { ($0 - $1) * ($0 - $1) }.reduce(0, +) }
      return distances.firstIndex(of: distances.min()!) == index % classes
    }
  }
}

private struct ColourStatistics {
  /// Of red, green and blue, 0 to 1.
  let mean: [Double]
  /// Shares of eight levels of each channel.
  let histogram: [Double]

  init(_ pixels: [UInt8]) {
    var mean = [0.0, 0, 0]
    var histogram = [Double](repeating: 0, count: 24)
    let share = 3 / Double(pixels.count)
    for (index, value) in pixels.enumerated() {
      mean[index % 3] += share * Double(value) / 255
      histogram[index % 3 * 8 + Int(value) / 32] += share
    }
    self.mean = mean
    self.histogram = histogram
  }
}
