import Foundation
import Synchronization
import Testing
import Training

@Suite struct ProgressTests {
  @Test func aStepInWords() {
    let full =
      "epoch 3/10  step 1234/5000  loss 2.3412  top-1 45.6 %  rate 0.098  312 images/s  12 min 30 s left"
    func text(_ columns: Int) -> String {
      ProgressText.text(ReportTests.step, of: 5000, epochs: 10, secondsLeft: 750, columns: columns)
    }
    #expect(text(.max) == full)
    #expect(text(full.count) == full)
    #expect(text(full.count - 1) == full.replacing("rate 0.098  ", with: ""))
    #expect(text(79) == "epoch 3/10  step 1234/5000  loss 2.3412  top-1 45.6 %  12 min 30 s left")
    #expect(text(50) == "epoch 3/10  step 1234/5000  loss 2.3412")
    #expect(text(15) == "step 1234/5000")
    #expect(text(3) == "")
  }

  @Test func whatIsUnknownOrNotFinite() {
    var step = ReportTests.step
    step.loss = .nan
    step.imagesPerSecond = 3.14159
    step.learningRate = 3.2e-6
    #expect(
      ProgressText.text(step, of: 5000, epochs: 10, secondsLeft: nil)
        == "epoch 3/10  step 1234/5000  loss nan  top-1 45.6 %  rate 3.2e-06  3.1 images/s")
  }

  @Test func otherReportsInWords() {
    #expect(
      ProgressText.text(ReportTests.epoch, of: 10)
        == "epoch 3/10 done in 12 min 35 s: 4001 images  loss 1.5000  top-1 50.1 %")
    #expect(
      ProgressText.text(ReportTests.evaluation)
        == "evaluation after step 189: top-1 91.2 % (912 of 1000)  top-5 99.1 %  loss 0.3456")
    #expect(
      ProgressText.text(ReportTests.bothWeights)
        == "evaluation after step 189: top-1 91.2 % (912 of 1000)  top-5 99.1 %  loss 0.3456"
        + "  averaged weights: top-1 93.0 % (930)  top-5 99.5 %  loss 0.2500")
    #expect(ProgressText.text(evaluated: 250, of: 1000) == "evaluating: 250 of 1000 images (25.0 %)")
    #expect(
      ProgressText.text(ReportTests.checkpoint) == "checkpoint after step 189: runs/a/checkpoints/step-00000189")
  }

  @Test(arguments: [
    (0, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (200, "3 min 20 s"), (3599, "59 min 59 s"), (7500, "2 h 05 min"),
    (86_400, "1 d 00 h"), (273_600, "3 d 04 h"), (.infinity, "?"), (.nan, "?"),
  ])
  func durations(seconds: Double, expected: String) {
    #expect(ProgressText.duration(seconds) == expected)
  }

  /// A run of ten steps of three seconds each, with plain lines every seven.
  @Test func plainLinesAreBounded() {
    let output = Recorder()
    var clock = 100.0
    withProgress(.plain, output, clock: { clock }) { progress in
      for step in 1...10 {
        clock += 3
        var report = ReportTests.step
        report.step = step
        progress.show(report)
      }
      progress.show(ReportTests.epoch)
      progress.end()
    }
    let text = output.text
    #expect(!text.contains("\u{1B}"))
    let steps = text.split(separator: "\n").compactMap { line in
      line.split(separator: "  ").first { $0.hasPrefix("step ") }.map { String($0.dropFirst(5)) }
    }
    #expect(steps == ["1/10", "4/10", "7/10", "10/10"])
    let left = text.split(separator: "\n").compactMap { line in
      line.split(separator: "  ").first { $0.hasSuffix("left") }
    }
    #expect(left == ["18 s left", "9 s left", "0 s left"])
    #expect(text.hasSuffix("top-1 50.1 %\n"))
  }

  /// Batches of an evaluation, three seconds each, with plain lines every seven: a short one shows nothing.
  @Test func aLongEvaluationTellsHowFarItIs() {
    func lines(batches: Int) -> [String] {
      let output = Recorder()
      var clock = 100.0
      withProgress(.plain, output, clock: { clock }) { progress in
        for batch in 0...batches {
          progress.show(evaluated: 10 * batch, of: 10 * batches)
          clock += 3
        }
        progress.end()
      }
      return output.text.split(separator: "\n").map { String($0.prefix { $0 != "(" }) }
    }
    #expect(lines(batches: 8) == ["evaluating: 30 of 80 images ", "evaluating: 60 of 80 images "])
    #expect(lines(batches: 3) == [])
  }

  @Test func theLineIsRedrawnAndWholeLinesStayAboveIt() {
    let output = Recorder()
    var clock = 0.0
    withProgress(.line, output, clock: { clock }) { progress in
      var report = ReportTests.step
      for step in 1...4 {
        clock += 0.06
        report.step = step
        progress.show(report)
      }
      progress.show(ReportTests.evaluation)
      progress.end()
    }
    let redraws = output.text.split(separator: "\r\u{1B}[K", omittingEmptySubsequences: false)
    #expect(redraws.count == 5)
    #expect(redraws[1].hasPrefix("epoch 3/10  step 1/10") && redraws[2].hasPrefix("epoch 3/10  step 3/10"))
    #expect(redraws[1].count < 80)
    #expect(redraws[3] == ProgressText.text(ReportTests.evaluation) + "\n" + redraws[2])
    #expect(redraws[4] == "")
  }

  @Test func noneIsSilent() {
    let output = Recorder()
    withProgress(.none, output, clock: { 0 }) { progress in
      progress.show(ReportTests.step)
      progress.show(ReportTests.epoch)
      progress.end()
    }
    #expect(output.text == "")
  }

  @Test func withoutATerminalAutoIsPlain() {
    let output = Recorder()
    withProgress(.auto, output, clock: { 0 }) { $0.show(ReportTests.epoch) }
    #expect(output.text == ProgressText.text(ReportTests.epoch, of: 10) + "\n")
  }

  private func withProgress(
    _ style: ProgressStyle, _ output: Recorder, clock: @escaping () -> Double, _ body: (inout ProgressLine) -> Void
  ) {
    var progress = ProgressLine(
      console: Console(write: output.write), terminal: nil, style: style, totalSteps: 10, totalEpochs: 10,
      everySeconds: 7, now: clock)
    body(&progress)
  }
}

/// Keeps what is written to it.
final class Recorder: Sendable {
  private let written = Mutex("")

  var text: String { written.withLock { $0 } }

  @Sendable func write(_ text: String) { written.withLock { $0 += text } }
}
