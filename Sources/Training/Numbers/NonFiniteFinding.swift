/// What one rank found in one step that is no finite number, and what it was working on.
package struct NonFiniteFinding: Report, Hashable {
  package var rank: Int
  package var statisticsExchange: Int?
  package var loss: Double
  package var parameter: String?
  package var element: Int?
  package var summedParameter: String?
  package var summedElement: Int?
  package var samples: [Int]
  package var paths: [String]

  package init(rank: Int) { (self.rank, loss, samples, paths) = (rank, 0, [], []) }

  /// Whether what the rank computed is not finite. Sums are not the rank's own.
  package var isItsOwn: Bool { statisticsExchange != nil || !loss.isFinite || parameter != nil }

  package var isEmpty: Bool { !isItsOwn && summedParameter == nil }

  package enum CodingKeys: String, CodingKey, CaseIterable {
    case rank
    case statisticsExchange = "statistics_exchange"
    case loss, parameter, element
    case summedParameter = "summed_parameter"
    case summedElement = "summed_element"
    case samples, paths
  }

  package static func meaning(of key: CodingKeys) -> String {
    switch key {
    case .rank: "The rank."
    case .statisticsExchange:
      "The first exchange of BatchNorm's statistics in the step, from 1, that the rank's own part was not finite of."
    case .loss: "Sum over the rank's samples."
    case .parameter: "The one whose gradient on this rank was first seen not to be finite; last layers come first."
    case .element: "The first such element of it."
    case .summedParameter: "The same of the sums of gradients, of which each rank looks at a part."
    case .summedElement: "The first such element of it."
    case .samples: "Numbers of the rank's samples in the training set."
    case .paths: "Their names."
    }
  }
}
