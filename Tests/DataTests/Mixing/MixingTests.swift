import Data
import Tensors
import Testing

@Suite struct MixingTests {
  /// Beta(alpha, alpha): mean 1/2, variance 1 / (4 (2 alpha + 1)), and symmetric.
  @Test(arguments: [0.01, 0.1, 0.2, 0.8, 1, 5]) func sharesAreBeta(alpha: Double) {
    let mixing = Mixing(mixupAlpha: alpha, cutmixAlpha: 0, seed: 4)
    let count = 20_000
    let shares = (0..<count).map { Double(mixing.mixture(epoch: 2, first: 2 * $0, imageSize: 32).share(imageSize: 32)) }
    let variance = 1 / (4 * (2 * alpha + 1))
    #expect(shares.allSatisfy { (0...1).contains($0) })
    let mean = shares.reduce(0, +) / Double(count)
    #expect(abs(mean - 0.5) < 5 * (variance / Double(count)).squareRoot())
    let found = shares.reduce(0) { $0 + ($1 - 0.5) * ($1 - 0.5) } / Double(count)
    // (share - 1/2)^2 is at most 1/4, so its variance is at most variance / 4.
    #expect(abs(found - variance) < 5 * (variance / 4 / Double(count)).squareRoot())
    let difference = shares.count { $0 < 0.1 } - shares.count { $0 > 0.9 }
    #expect(Double(abs(difference)) < 5 * Double(count).squareRoot())
  }

  /// Boxes take the share that was drawn where no edge cuts them off, and the share is what they really take.
  @Test func boxesAreThoseOfThePaper() {
    let (mixing, size) = (Mixing(mixupAlpha: 0, cutmixAlpha: 1, seed: 9), 40)
    var cutOff = 0
    for pair in 0..<5000 {
      let mixture = mixing.mixture(epoch: 0, first: pair, imageSize: size)
      guard case .exchange(let columns, let rows) = mixture else {
        Issue.record("\(mixture)")
        return
      }
      #expect(columns.lowerBound >= 0 && columns.upperBound <= size && rows.lowerBound >= 0 && rows.upperBound <= size)
      #expect(mixture.share(imageSize: size) == Float(1 - Double(columns.count * rows.count) / 1600))
      cutOff += columns.count == rows.count ? 0 : 1
    }
    // With a uniform share most boxes are large, and an edge cuts most of them.
    #expect(cutOff > 1500 && cutOff < 4500)
  }

  @Test func kindsKeepTheirProbabilities() {
    let mixing = Mixing(mixupAlpha: 0.8, cutmixAlpha: 1, probability: 0.9, cutmixProbability: 0.25, seed: 1)
    let mixtures = (0..<10_000).map { mixing.mixture(epoch: 7, first: $0, imageSize: 16) }
    let cutmix = mixtures.count { if case .exchange = $0 { true } else { false } }
    #expect(abs(cutmix - 2250) < 5 * 42)
    #expect(abs(mixtures.count { $0 == .blend(share: 1) } - 1000) < 5 * 30)
    #expect(mixtures[5] == mixing.mixture(epoch: 7, first: 5, imageSize: 16))
    #expect(mixtures[5] != mixing.mixture(epoch: 8, first: 5, imageSize: 16))
  }

  @Test func mixesBothAlike() {
    let size = 5
    let first = (0..<75).map { Float($0) * 0.7 - 3 }
    let second = (0..<75).map { Float($0 * $0) * 0.1 }
    func mixed(_ mixture: Mixture) -> ([Float], [Float]) {
      var (one, other) = (first, second)
      mixture.mix(&one, &other, imageSize: size)
      return (one, other)
    }
    let blend = mixed(.blend(share: 0.3))
    #expect(blend.0 == zip(first, second).map { 0.3 * $0 + (1 - 0.3) * $1 })
    #expect(blend.1 == zip(first, second).map { 0.3 * $1 + (1 - 0.3) * $0 })
    let exchange = mixed(.exchange(columns: 1..<3, rows: 2..<5))
    for index in 0..<75 {
      let isInside = (1..<3).contains(index / 3 % 5) && (2..<5).contains(index / 15)
      #expect(exchange.0[index] == (isInside ? second : first)[index])
      #expect(exchange.1[index] == (isInside ? first : second)[index])
    }
    #expect(mixed(.blend(share: 1)) == (first, second))
  }

  /// Every position of a step has one partner, of which it is the partner; with an odd number the last has none.
  @Test func pairsAreAsPartners() {
    for start in [0, 1, 6, 7] {
      for count in 0...9 {
        let mixing = StepMixing(Mixing(mixupAlpha: 1, cutmixAlpha: 0, seed: 0), epoch: 0, range: start..<start + count)
        for position in mixing.range {
          guard let partner = mixing.partner(of: position) else {
            #expect(position == mixing.range.last && !count.isMultiple(of: 2))
            continue
          }
          #expect(partner != position && mixing.partner(of: partner) == position)
          #expect(
            mixing.mixture(at: position, imageSize: 8) == mixing.mixture(at: partner, imageSize: 8))
        }
        for low in mixing.range {
          for high in low + 1...mixing.range.upperBound {
            let prepared = mixing.prepared(low..<high)
            #expect(prepared.count <= high - low + 2 && prepared.lowerBound <= low && prepared.upperBound >= high)
            #expect(prepared.allSatisfy { mixing.partner(of: $0).map(prepared.contains) ?? true })
          }
        }
      }
    }
  }
}
