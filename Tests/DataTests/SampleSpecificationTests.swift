import Data
import Testing

@Suite struct SampleSpecificationTests {
  @Test func classesAreAllDifferent() {
    #expect(Set(SampleClass.all).count == SampleShape.allCases.count * SampleTexture.allCases.count)
    #expect(Set(SampleClass.all.map(\.name)).count == SampleClass.all.count)
    #expect(SampleClass.all[1].name == "striped_ring")
  }

  /// Whoever sees only the shape, or only the texture, cannot tell the class.
  @Test func neitherShapeNorTextureTellsTheClass() {
    let classes = SampleClass.all.prefix(SampleSpecification.standard.classes)
    for group in Dictionary(grouping: classes, by: \.shape).values { #expect(group.count >= 2) }
    for group in Dictionary(grouping: classes, by: \.texture).values { #expect(group.count >= 2) }
  }

  @Test func everyNumberThatIsOutOfRangeIsNamed() {
    let error = #expect(throws: SampleError.self) {
      try SampleSpecification(classes: 33, train: 0, validation: 10_000_000, size: 31)
    }
    #expect(
      error?.description == """
        classes is 33, expected 2 to 32; train is 0, expected 1 to 9999999; \
        validation is 10000000, expected 1 to 9999999; size is 31, expected 32 to 1024
        """)
    let tooFew = #expect(throws: SampleError.self) { try SampleSpecification(classes: 12, train: 11) }
    #expect(tooFew?.description == "train is 11, expected 12 to 9999999")
  }

  @Test(arguments: [(2, 2, 3), (10, 4000, 1000), (7, 100, 50), (32, 33, 32)])
  func classesTakeTurns(classes: Int, train: Int, validation: Int) throws {
    let specification = try SampleSpecification(classes: classes, train: train, validation: validation)
    #expect(specification.images.count == train + validation)
    for split in SampleSplit.allCases {
      let images = specification.images.filter { $0.split == split }
      #expect(images.count == specification.count(of: split))
      let counts = Dictionary(grouping: images, by: specification.sampleClass(of:)).mapValues(\.count)
      #expect(counts.count == classes)
      #expect(counts.values.max()! - counts.values.min()! <= 1)
    }
    #expect(Set(specification.images.map(specification.path(of:))).count == train + validation)
  }

  @Test func pathsNameSplitAndClass() throws {
    let specification = try SampleSpecification()
    #expect(specification.path(of: SampleImage(split: .train, index: 41)) == "train/striped_ring/0000041.jpg")
    #expect(specification.path(of: SampleImage(split: .validation, index: 0)) == "val/plain_ring/0000000.jpg")
  }
}
