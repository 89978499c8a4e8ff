import TestSupport
import Testing

extension JobSuite {
  /// Faults that the command line asks for, under mpirun.
  @Suite(.serialized) struct InjectionTests {
    private static let short = ["--set", "epochs=null", "--set", "steps=6", "--set", "checkpoint.every_steps=2"]

    /// Started again with the same fault, as a supervisor does, the run goes on and ends with the undisturbed run's bits.
    @Test func aKillHappensOnce() throws {
      let folder = try JobFolder()
      let unbroken = try folder.train("unbroken", ranks: 2, Self.short)
      try #require(unbroken.status == 0, "\(unbroken)")
      let inject = ["--resume", "auto", "--inject", "kill,1,4,exchange"]
      let killed = try folder.train("killed", ranks: 2, Self.short + inject)
      #expect(killed.status != 0 && !killed.timedOut, "\(killed)")
      #expect(killed.errors.contains("FAULTS ARE INJECTED INTO THIS RUN"), "\(killed)")
      #expect(killed.errors.contains("injected fault: kill,1,4,exchange"), "\(killed)")
      #expect(folder.contents("runs/killed/injected") == ["kill,1,4,exchange"])
      let again = try folder.train("killed", ranks: 2, Self.short + inject)
      #expect(again.status == 0, "\(again)")
      #expect(try folder.tensors("killed", step: 6) == folder.tensors("unbroken", step: 6))
    }

    /// All ranks leave with one status, and a fault whose moment does not come is told of.
    @Test func aNumberThatIsNotFiniteEndsTheJob() throws {
      let folder = try JobFolder()
      let faults = ["--inject", "nan,1,3,exchange,fc.weight/9", "--inject", "weight-bit,0,4,update,fc.bias/1/30"]
      let stopped = try folder.train("stopped", ranks: 3, Self.short + faults)
      #expect(stopped.status == 70, "\(stopped)")
      for word in ["step 3", "fc.weight", "rank 1", "non-finite-3.json"] {
        #expect(stopped.errors.contains(word), "\(stopped)")
      }
      let drifted = try folder.train(
        "drifted", ranks: 3, Self.short + faults.suffix(2) + ["--set", "audit.every_steps=1"])
      #expect(drifted.status == 71, "\(drifted)")
      for word in ["after step 4", "rank 0 differs", "fc.bias", "after step 3"] {
        #expect(drifted.errors.contains(word), "\(drifted)")
      }
      let late = try folder.train("late", ranks: 2, Self.short + ["--inject", "delay,1,3,save,0.1"])
      #expect(late.status == 0 && late.errors.contains("the fault delay,1,3,save,0.1 has not happened"), "\(late)")
    }

    @Test func faultsThatCannotBeAreRefused() throws {
      let folder = try JobFolder()
      for (fault, word) in [("kil,1,4,load", "gradient-bit"), ("kill,2,4,load", "world size of 2")] {
        let refused = try folder.train("refused", ranks: 2, Self.short + ["--inject", fault])
        #expect(refused.status == 64 && refused.errors.contains(word), "\(refused)")
      }
      #expect(!folder.contents("runs").contains { $0.hasSuffix("config.lock.json") })
    }
  }
}
