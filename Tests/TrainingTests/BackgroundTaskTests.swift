import Dispatch
import Testing
import Training

@Suite struct BackgroundTaskTests {
  @Test func aPieceIsTakenOnceAndMakesRoomForTheNext() throws {
    let task = try BackgroundTask<Int>(for: "a test")
    #expect(!task.isBusy && task.take(waiting: 1) == nil)
    for value in 1...3 {
      let goesOn = DispatchSemaphore(value: 0)
      task.start {
        goesOn.wait()
        return value
      }
      #expect(task.isBusy && task.take() == nil && task.take(waiting: 0.01) == nil)
      goesOn.signal()
      #expect(task.take(waiting: 60) == value)
      #expect(!task.isBusy && task.take() == nil)
    }
  }
}
