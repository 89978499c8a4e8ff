import Foundation
import Glibc
import JSON
import TestSupport
import Testing

extension JobSuite {
  /// Names that are no UTF-8, or hold what a terminal obeys, through the whole program.
  @Suite(.serialized) struct NameTests {
    private static let latin1 = Array("caf".utf8) + [0xE9]
    private static let hostile = Array("\u{1B}]0;owned\u{7}\n\u{1B}[2J".utf8) + [0xC3]
    private static let shown = #"\x1b]0;owned\x07\x0a\x1b[2J\xc3"#

    private func move(_ folder: JobFolder, _ old: String, to new: [UInt8]) {
      let path = Array((folder.url.path + "/").utf8) + new
      #expect(rename(folder.path(old), path.map { CChar(bitPattern: $0) } + [0]) == 0, "\(old)")
    }

    private func expectHarmless(_ outcome: ProcessOutcome, sourceLocation: SourceLocation = #_sourceLocation) {
      for text in [outcome.output, outcome.errors] {
        let isHarmless = text.unicodeScalars.allSatisfy { $0.value >= 32 || $0 == "\n" || $0 == "\t" }
        #expect(isHarmless && !text.contains("\u{FFFD}"), "\(outcome)", sourceLocation: sourceLocation)
      }
    }

    /// Two classes with odd names, in both sets, and an image with one.
    private func makeFolder() throws -> (JobFolder, [String]) {
      let folder = try JobFolder()
      let classes = folder.contents("sample/train").filter { !$0.contains("/") }
      let image = try #require(folder.contents("sample/train/\(classes[2])").first)
      move(
        folder, "sample/train/\(classes[2])/\(image)",
        to: Array("sample/train/\(classes[2])/lat".utf8) + [0xE9] + Array("in.jpg".utf8))
      for (number, name) in [Self.latin1, Self.hostile].enumerated() {
        for set in ["train", "val"] {
          move(folder, "sample/\(set)/\(classes[number])", to: Array("sample/\(set)/".utf8) + name)
        }
      }
      return (folder, classes)
    }

    @Test func oddNamesTrainEvaluateAndAreShown() throws {
      let (folder, _) = try makeFolder()
      let steps = ["epochs=null", "steps=3", "data.image_size=32"].flatMap { ["--set", $0] }
      let trained = try folder.train("odd", ranks: 2, steps)
      try #require(trained.status == 0, "\(trained)")
      expectHarmless(trained)
      let evaluated = try folder.run(
        ranks: 2, ["evaluate", "job.json", "--checkpoint", folder.checkpoint("odd", step: 3)])
      #expect(evaluated.status == 0, "\(evaluated)")
      for command in [["index"], ["verify"], ["show", "--images", "50"]] {
        let outcome = try folder.command(["data", command[0], "job.json"] + command.dropFirst())
        #expect(outcome.status == 0, "\(outcome)")
        expectHarmless(outcome)
        if command[0] == "show" {
          for name in [#"caf\xe9  sample/train/caf\xe9/"#, Self.shown, #"lat\xe9in.jpg"#] {
            #expect(outcome.output.contains(name), "no \(name) in \(outcome)")
          }
        }
      }
    }

    @Test func oddNamesArePacked() throws {
      let (folder, _) = try makeFolder()
      for set in ["train", "val"] {
        let pack = try folder.command(["data", "pack", "sample/\(set)", "tar/\(set)"])
        #expect(pack.status == 0, "\(pack)")
      }
      let names = try String(contentsOfFile: folder.path("tar/train/classes.txt"), encoding: .utf8)
      #expect(names.split(separator: "\n").contains(#"caf\xe9"#) && names.contains(Self.shown), "\(names)")
      let settings = [
        "epochs=null", "steps=2", "data.image_size=32", "data.format=tar", "data.train=tar/train",
        "data.validation=tar/val",
      ]
      let trained = try folder.train("tar", ranks: 2, settings.flatMap { ["--set", $0] })
      #expect(trained.status == 0, "\(trained)")
      expectHarmless(trained)
    }

    @Test func damageIsToldWithoutCommandsToTheTerminal() throws {
      let (folder, _) = try makeFolder()
      let path = Array((folder.url.path + "/sample/train/").utf8) + Self.hostile + Array("/bad\u{1B}c.jpg".utf8) + [0]
      let file = open(path.map { CChar(bitPattern: $0) }, O_WRONLY | O_CREAT, 0o666)
      #expect(write(file, "no image", 8) == 8)
      close(file)
      let shown = "sample/train/\(Self.shown)/bad\\x1bc.jpg"
      let failed = try folder.train("bad", ranks: 2)
      #expect(failed.status == 65 && failed.errors.contains(shown), "\(failed)")
      expectHarmless(failed)
      let verified = try folder.command(["data", "verify", "job.json"])
      #expect(verified.status == 65 && verified.output.contains(shown), "\(verified)")
      expectHarmless(verified)
      let settings = ["data.on_error=substitute", "data.max_bad_fraction=0.1", "epochs=1", "data.image_size=32"]
      let trained = try folder.train("substituted", ranks: 2, settings.flatMap { ["--set", $0] })
      #expect(trained.status == 0, "\(trained)")
      expectHarmless(trained)
      let line = try JSONValue(
        parsing: String(contentsOfFile: folder.path("runs/substituted/bad-samples.jsonl"), encoding: .utf8))
      #expect(line["path"] == .string(shown), "\(line)")
    }

    @Test func theSameLettersInOtherBytes() throws {
      let folder = try JobFolder()
      let name = try #require(folder.contents("sample/train").first)
      move(folder, "sample/train/\(name)", to: Array("sample/train/caf\u{E9}".utf8))
      move(folder, "sample/val/\(name)", to: Array("sample/val/cafe\u{301}".utf8))
      let outcome = try folder.train("forms", ranks: 2)
      #expect(outcome.status == 65, "\(outcome)")
      for word in [
        "the same letters in other bytes", "NFD", "NFC", "convmv -f utf8 -t utf8 --nfc -r --notest sample/val",
      ] {
        #expect(outcome.errors.contains(word), "no \(word) in \(outcome)")
      }
    }
  }
}
