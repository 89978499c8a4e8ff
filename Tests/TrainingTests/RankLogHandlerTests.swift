import Logging
import Testing
import Training

@Suite struct RankLogHandlerTests {
  @Test func rankZeroInformsWithoutClutter() {
    let output = Recorder()
    let logger = Logger(rank: 0, console: Console(write: output.write))
    logger.debug("not shown")
    logger.info("training resnet18", metadata: ["ranks": "2", "batch": "64"])
    logger.warning("slow")
    logger.error("lost\nlook there")
    #expect(
      output.text == """
        training resnet18 batch=64 ranks=2
        [rank 0] warning: slow
        [rank 0] error: lost
        [rank 0]   look there

        """)
  }

  @Test func otherRanksOnlyWarn() {
    let output = Recorder()
    let logger = Logger(rank: 3, console: Console(write: output.write))
    logger.info("not shown")
    logger.notice("not shown")
    logger.warning("slow")
    logger.critical("gone")
    #expect(output.text == "[rank 3] warning: slow\n[rank 3] error: gone\n")
  }

  @Test func otherRanksEraseTheProgressLineOfRankZero() {
    let output = Recorder()
    Console(sharesTerminal: true, write: output.write).print("[rank 1] warning: slow")
    #expect(output.text == "\r\u{1B}[K[rank 1] warning: slow\n")
  }

  @Test func loggersDoNotShareMetadata() {
    let output = Recorder()
    var one = Logger(rank: 0, console: Console(write: output.write))
    let other = one
    one[metadataKey: "host"] = "a"
    one.info("one")
    other.info("other")
    #expect(output.text == "one host=a\nother\n")
  }

  @Test func theProgressLineIsDrawnAgainBelow() {
    let output = Recorder()
    let console = Console(write: output.write)
    console.showProgress("50 %")
    Logger(rank: 0, console: console).warning("slow")
    console.clearProgress()
    console.clearProgress()
    #expect(output.text == "\r\u{1B}[K50 %\r\u{1B}[K[rank 0] warning: slow\n50 %\r\u{1B}[K")
  }
}
