import Collectives
import Tensors
import Testing

@Suite struct BucketPlanTests {
  private func layout(_ elements: [Int]) -> ArenaLayout {
    ArenaLayout(elements.enumerated().map { (name: "t\($0)", type: .f32, shape: [$1]) })
  }

  @Test func bucketsAreFilledFromTheEnd() {
    // Each part takes whole cache lines of 16 elements: 16, 32, 160, 16, 16.
    let plan = BucketPlan(layout([10, 20, 150, 16, 1]), bucketBytes: 4 * 60)
    #expect(plan.buckets.map(\.elements) == [208..<240, 48..<208, 0..<48])
    #expect(plan.buckets.map(\.parts) == [3..<5, 2..<3, 0..<2])
    #expect(plan.buckets.map(\.bytes) == [128, 640, 192])
    #expect(plan.bucketOfPart == [2, 2, 1, 0, 0])
  }

  @Test func nothingGivesNoBuckets() {
    #expect(BucketPlan(layout([]), bucketBytes: 1).buckets.isEmpty)
  }

  @Test(arguments: [1, 64, 200, 1000, 1 << 30]) func everyElementIsInOneBucketAndNoTensorIsSplit(bucketBytes: Int) {
    for count in 0..<40 {
      let layout = layout((0..<count).map { $0 * $0 * 7 % 211 })
      let plan = BucketPlan(layout, bucketBytes: bucketBytes)
      #expect(plan.buckets.reversed().flatMap { Array($0.elements) } == Array(0..<layout.bytes / 4))
      #expect(plan.buckets.reversed().flatMap { Array($0.parts) } == Array(0..<count))
      for (index, bucket) in plan.buckets.enumerated() {
        #expect(bucket.bytes <= bucketBytes || bucket.parts.count == 1)
        for part in bucket.parts {
          #expect(plan.bucketOfPart[part] == index)
          let bytes = layout.parts[part].byteRange
          #expect(
            bucket.elements.lowerBound * 4 <= bytes.lowerBound && bytes.upperBound <= bucket.elements.upperBound * 4)
        }
      }
    }
  }
}
