import Foundation
import Testing
import Training

@Suite struct ConfigurationDocumentTests {
  @Test func theDocumentIsTheOneOfTheCode() throws {
    let file = URL(fileURLWithPath: "\(packageFolder)/docs/configuration.md")
    if ProcessInfo.processInfo.environment["UPDATE_DOCS"] != nil {
      try ConfigurationDocument.markdown.write(to: file, atomically: true, encoding: .utf8)
    }
    let written = try String(contentsOf: file, encoding: .utf8)
    #expect(
      written == ConfigurationDocument.markdown,
      "rewrite it with: UPDATE_DOCS=1 swift test --filter ConfigurationDocumentTests")
  }

  @Test func everyFieldIsDocumented() {
    let fields = RunConfiguration.sections.flatMap(\.fields)
    #expect(Set(fields.map(\.path)).count == fields.count)
    for field in fields {
      #expect(field.meaning.hasSuffix("."), "\(field.path)")
      #expect(ConfigurationDocument.markdown.contains("| `\(field.key)`"), "\(field.path)")
    }
  }
}
