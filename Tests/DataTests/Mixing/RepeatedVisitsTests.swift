import Data
import Testing

@Suite struct RepeatedVisitsTests {
  /// In as many epochs as repeats every place comes as often, each time with another key, and not all in one step.
  @Test func everyPlaceComesAsOftenAsItShould() {
    for samples in 1...12 {
      for repeats in 1...5 {
        for group in 0..<3 {
          var keys: [Int: Set<Int>] = [:]
          var order: [Int] = []
          for epoch in group * repeats..<(group + 1) * repeats {
            let visits = RepeatedVisits(samples: samples, repeats: repeats, epoch: epoch)
            #expect(visits.orderEpoch == group)
            for position in 0..<samples {
              let visit = visits.visit(position)
              #expect(keys[visit.place, default: []].insert(visit.augmentationEpoch).inserted)
              order.append(visit.place)
            }
          }
          #expect(keys.keys.sorted() == Array(0..<samples) && keys.values.allSatisfy { $0.count == repeats })
          #expect(keys.values.allSatisfy { $0 == Set(group * repeats..<(group + 1) * repeats) })
          let same = zip(order, order.dropFirst()).count { $0 == $1 }
          #expect(same == (samples.isMultiple(of: 2) ? 0 : repeats - 1), "\(order)")
        }
      }
    }
  }

  @Test func onceIsTheEpochItself() {
    for epoch in [0, 1, 5] {
      let visits = RepeatedVisits(samples: 9, repeats: 1, epoch: epoch)
      #expect((0..<9).map { visits.visit($0).place } == Array(0..<9))
      #expect((0..<9).allSatisfy { visits.visit($0).augmentationEpoch == epoch } && visits.orderEpoch == epoch)
    }
  }
}
