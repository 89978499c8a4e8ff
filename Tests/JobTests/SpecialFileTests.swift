import Foundation
import Glibc
import TestSupport
import Testing

extension JobSuite {
  /// What is no file, or does not answer, is named soon, and nothing hangs.
  @Suite(.serialized) struct SpecialFileTests {
    private func pipe(_ folder: JobFolder, _ name: String) { #expect(mkfifo(folder.path(name), 0o666) == 0) }

    private func firstClass(_ folder: JobFolder) throws -> String {
      "sample/train/" + (try #require(folder.contents("sample/train").first))
    }

    private func expect(
      _ outcome: ProcessOutcome, _ words: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) {
      #expect(outcome.status == 65 && outcome.seconds < 30, "\(outcome)", sourceLocation: sourceLocation)
      for word in words {
        let text = outcome.output + outcome.errors
        #expect(text.contains(word), "no \(word) in \(outcome)", sourceLocation: sourceLocation)
      }
    }

    @Test func aFIFOAmongImages() throws {
      let folder = try JobFolder()
      let place = try firstClass(folder)
      pipe(folder, "\(place)/x.jpg")
      expect(try folder.train("a", ranks: 2), "\(place)/x.jpg: it is a FIFO (a named pipe)", "Remove it")
      for command in ["verify", "index", "show"] {
        expect(try folder.command(["data", command, "job.json"]), "\(place)/x.jpg: it is a FIFO")
      }
      expect(try folder.command(["data", "pack", "sample/train", "out"]), "\(place)/x.jpg: it is a FIFO")
    }

    @Test func aFIFOAsTheSet() throws {
      let folder = try JobFolder(images: false)
      pipe(folder, "train")
      for (format, words) in [
        ("tree", "not a folder but a FIFO"), ("tar", "got a FIFO"), ("idx", "got a FIFO"), ("cifar10", "got a FIFO"),
      ] {
        let outcome = try folder.train("a", ranks: 1, ["--set", "data.train=train", "--set", "data.format=\(format)"])
        if format == "idx" {
          // Its name must be that of a file of images first.
          expect(outcome, "train")
        } else {
          expect(outcome, words)
        }
      }
    }

    /// Holds a lease on a file, as file servers do, so that whoever opens it waits.
    private final class Lease {
      private let file: Int32
      /// F_SETLEASE of linux/fcntl.h, which Swift does not see.
      private static let setLease: Int32 = 1024

      init?(_ path: String) {
        file = open(path, O_WRONLY | O_CLOEXEC)
        signal(SIGIO, SIG_IGN)
        guard file >= 0, fcntl(file, Self.setLease, Int32(F_WRLCK)) == 0 else { return nil }
      }

      deinit { close(file) }
    }

    /// A file that cannot even be opened keeps `data verify` no longer than it may, and the others are looked at.
    @Test func aFileThatDoesNotAnswer() throws {
      let folder = try JobFolder()
      let place = try firstClass(folder)
      let name = place + "/" + (try #require(folder.contents(place).first))
      guard let lease = Lease(folder.path(name)) else {
        print("this file system knows no leases; nothing was tried")
        return
      }
      try folder.write(JobFolder.configuration, to: "job.json")
      let verify = ["data", "verify", "job.json"]
      for more in [["--timeout", "1.5"], ["--set", "data.timeout_seconds=1.5"]] {
        let outcome = try folder.command(verify + more)
        expect(outcome, "\(name): reading it has taken more than 1.5 s", "training: 50 images, 1 of them damaged")
        #expect(outcome.output.contains("validation: 21 images, 0 of them damaged"), "\(outcome)")
        #expect(outcome.seconds < 20)
      }
      expect(
        try folder.train("a", ranks: 1, ["--set", "data.timeout_seconds=1.5"]), "\(name): reading it has taken")
      withExtendedLifetime(lease) {}
    }
  }
}
