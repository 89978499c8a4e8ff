import Optimizers
import Testing

@Suite struct FinitenessTests {
  @Test(arguments: [Float.nan, .signalingNaN, -.nan, .infinity, -.infinity])
  func oneBadElementIsFoundWhereverItIs(bad: Float) {
    for count in [1, 2, 15, 16, 17, 63, 1023, 1024, 1025, 2500] {
      var elements = (0..<count).map { Float($0) - 7 }
      for index in stride(from: 0, to: count, by: max(1, count / 40)) + [count - 1] {
        let good = elements[index]
        elements[index] = bad
        #expect(elements.withUnsafeBufferPointer(indexOfFirstNonFinite) == index)
        elements[index] = good
      }
    }
  }

  @Test func extremeNumbersAreFinite() {
    let elements: [Float] = [0, -0, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNonzeroMagnitude]
    #expect(elements.withUnsafeBufferPointer(allFinite))
    #expect([Float]().withUnsafeBufferPointer(allFinite))
  }

  @Test func theFirstOfSeveralIsReported() {
    let elements: [Float] = [1, 2, .nan, .infinity]
    #expect(elements.withUnsafeBufferPointer(indexOfFirstNonFinite) == 2)
    #expect(!elements.withUnsafeBufferPointer(allFinite))
  }
}
