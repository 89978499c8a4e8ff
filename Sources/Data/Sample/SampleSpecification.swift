/// What a sample data set holds. The set is a function of these numbers and of `version`.
///
/// The sample set stands in for photographs where none can be shipped: a tree of small JPEG files, drawn by the
/// program, hard enough that a network must learn shapes and textures to tell the classes apart.
public struct SampleSpecification: Hashable, Sendable {
  /// Changes whenever the same numbers would give other pictures.
  public static let version = 1
  public static let classCounts = 2...SampleClass.all.count
  public static let sizes = 32...1024
  /// What one split may hold at most.
  public static let largestSplit = 9_999_999

  /// How many classes, the first ones of `SampleClass.all`.
  public let classes: Int
  /// Images to train on.
  public let train: Int
  /// Images held out.
  public let validation: Int
  /// Width and height are drawn from 0.75 to 1.5 times this, in pixels.
  public let size: Int
  public let seed: UInt64

  /// What `data make-sample` draws unless told otherwise.
  public static let standard = SampleSpecification(unchecked: 10, train: 4000, validation: 1000, size: 96, seed: 1)

  /// Throws `SampleError.outOfRange` with every number that is wrong. Each split needs an image of every class.
  public init(
    classes: Int = standard.classes, train: Int = standard.train, validation: Int = standard.validation,
    size: Int = standard.size, seed: UInt64 = standard.seed
  ) throws(SampleError) {
    let counts = (Self.classCounts.contains(classes) ? classes : 1)...Self.largestSplit
    let wrong = [
      ("classes", classes, Self.classCounts), ("train", train, counts), ("validation", validation, counts),
      ("size", size, Self.sizes),
    ].filter { !$0.2.contains($0.1) }
    guard wrong.isEmpty else {
      throw .outOfRange(wrong.map { .init(name: $0.0, got: $0.1, expected: $0.2) })
    }
    self.init(unchecked: classes, train: train, validation: validation, size: size, seed: seed)
  }

  private init(unchecked classes: Int, train: Int, validation: Int, size: Int, seed: UInt64) {
    self.classes = classes
    self.train = train
    self.validation = validation
    self.size = size
    self.seed = seed
  }

  /// The classes' names in the order of their index; folders are named so.
  public var classNames: [String] { SampleClass.all.prefix(classes).map(\.name) }

  public func count(of split: SampleSplit) -> Int {
    switch split {
    case .train: train
    case .validation: validation
    }
  }

  /// Every image of the set, training images first.
  package var images: [SampleImage] {
    SampleSplit.allCases.flatMap { split in
      (0..<count(of: split)).map { SampleImage(split: split, index: $0) }
    }
  }

  /// Classes take turns, so that their counts differ by one at most.
  package func sampleClass(of image: SampleImage) -> SampleClass {
    SampleClass.all[image.index % classes]
  }

  /// Where an image lies below the set's folder, such as `train/striped_ring/0000042.jpg`.
  package func path(of image: SampleImage) -> String {
    let digits = String(image.index)
    let zeros = String(repeating: "0", count: String(Self.largestSplit).count - digits.count)
    return "\(image.split.folder)/\(sampleClass(of: image).name)/\(zeros)\(digits).jpg"
  }
}

/// The two parts of the set. The raw value takes part in the key of the random numbers.
public enum SampleSplit: Int, Hashable, Sendable, CaseIterable {
  case train = 0
  case validation = 1

  /// The names that ImageNet's tree has.
  public var folder: String {
    switch self {
    case .train: "train"
    case .validation: "val"
    }
  }
}

/// One image of the set.
package struct SampleImage: Hashable, Sendable {
  package let split: SampleSplit
  package let index: Int

  package init(split: SampleSplit, index: Int) {
    self.split = split
    self.index = index
  }
}
