import JSON
import Tensors
import Testing
import Training

/// A run goes on with the configuration that it was begun with, or is told of every field in which it differs.
@Suite struct ResumeRuleTests {
  private let images = Digest(value: 7)

  private func check(
    _ mine: RunConfiguration, against theirs: RunConfiguration, images: Digest? = nil, allowing allowed: String...
  ) throws -> [String] {
    try ResumeRule(allowing: allowed).check(
      mine, images: images ?? self.images, against: (theirs, "\(self.images)"), path: "runs/a/step"
    ).map(\.path)
  }

  /// Every field alone, from its default to the value that `unusualText` has for it.
  @Test func everyFieldIsRefusedOrDoesNotMatter() throws {
    let usual = try configuration()
    let unusual = try configuration(unusualText)
    var refused = 0
    for field in usual.differences(from: unusual) {
      // Fields that only go together are tried together: as whole objects, below.
      guard let value = field.theirs, let mine = try? configuration(minimalText, "\(field.path)=\(value)") else {
        continue
      }
      guard mine.differences(from: usual).map(\.path) == [field.path] else { continue }
      guard field.affectsWeights else {
        #expect(try check(mine, against: usual).isEmpty, "\(field.path)")
        continue
      }
      refused += 1
      let error = #expect(throws: (any Error).self, "\(field.path)") { try check(mine, against: usual) }
      #expect("\(error as Any)".contains("\(field.path): \(field.mine ?? "not given") there, \(value) here"))
      #expect(try check(mine, against: usual, allowing: field.path) == [field.path])
    }
    #expect(refused > 30)
  }

  @Test func allDifferencesAreNamedAtOnce() throws {
    let (usual, unusual) = (try configuration(), try configuration(unusualText))
    let error = #expect(throws: (any Error).self) { try check(unusual, against: usual) }
    let text = "\(error as Any)"
    for difference in unusual.differences(from: usual) {
      #expect(text.contains("  \(difference.path): ") == difference.affectsWeights, "\(difference.path)")
    }
    #expect(text.contains("runs/a/step is of a run with another configuration") && text.contains("--allow-change"))
  }

  @Test func anObjectStandsForItsFields() throws {
    let usual = try configuration()
    let mine = try configuration(minimalText, "optimizer.momentum=0.8", "optimizer.nesterov=true")
    #expect(
      try check(mine, against: usual, allowing: "optimizer") == ["optimizer.momentum", "optimizer.nesterov"])
    #expect(throws: (any Error).self) { try check(mine, against: usual, allowing: "optimizer.momentum") }
    #expect(throws: (any Error).self) { try check(mine, against: usual, allowing: "schedule") }
  }

  @Test(arguments: ["optimiser", "optimizer.mom", "", "momentum"]) func whatIsAllowedMustBeAField(path: String) {
    let error = #expect(throws: (any Error).self) { try ResumeRule(allowing: [path]) }
    #expect("\(error as Any)".contains("--allow-change \(path): expected a field"))
  }

  @Test func otherImagesAreRefused() throws {
    let usual = try configuration()
    let error = #expect(throws: (any Error).self) { try check(usual, against: usual, images: Digest(value: 8)) }
    #expect("\(error as Any)".contains("data: other images there"))
    #expect(try check(usual, against: usual, images: Digest(value: 8), allowing: "data").isEmpty)
  }
}
