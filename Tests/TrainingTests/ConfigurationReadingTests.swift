import Data
import Foundation
import Testing
import Training

@Suite struct ConfigurationReadingTests {
  @Test func whatIsNotGivenTakesItsDefault() throws {
    let configuration = try configuration()
    #expect(configuration.name == "run")
    #expect(configuration.length == .epochs(3))
    #expect(configuration.model.name == .resnet18)
    #expect(configuration.batch.global == 256)
    #expect(configuration.data.cropArea == 0.08...1)
    #expect(configuration.data.validationResize == 256)
    #expect(configuration.data.decoding == DecodingOptions())
    #expect(configuration.schedule.peakRate(globalBatch: 256) == 0.1)
    #expect(configuration.syncBatchNorm.span == .all)
    #expect(configuration.evaluation.batch == 32)
    #expect(configuration.precision.type == .f32 && !configuration.precision.requireNative)
    #expect(configuration.memory.recompute == .activations)
  }

  /// Each value differs from every default and from its neighbours, so that no field can take another's.
  @Test func everyFieldArrivesWhereItBelongs() throws {
    let run = try configuration(unusualText)
    #expect(run.name == "odd" && run.output == "o" && run.seed == 7 && run.threadsPerRank == 3)
    #expect(run.coordinator == .dedicated && run.length == .steps(11))
    #expect(run.precision.type == .bf16 && run.precision.requireNative && run.memory.recompute == .chains)
    #expect(run.model.name == .resnet101 && run.model.classes == 12 && run.model.zeroInitResidual)
    #expect(run.model.batchNormMomentum == 0.2 && run.model.batchNormEpsilon == 0.001)
    let data = run.data
    #expect(data.format == .tar && data.train == "a" && data.validation == "b" && data.imageSize == 96)
    #expect(data.syntheticImages == 17 && data.index == "i" && data.shuffleWindow == 128)
    #expect(data.workers == 4 && data.prefetch == 5 && data.cropArea == 0.25...0.75 && data.cropRatio == 0.5...2)
    #expect(data.flip == 0.125 && data.resize == 100 && data.validationResize == 100)
    #expect(data.mean == [0.1, 0.2, 0.3] && data.std == [0.4, 0.5, 0.6])
    let limits = DecodingLimits(pixels: 21, fileBytes: 22, scans: 23, memoryBytes: 24, seconds: 2.5)
    #expect(data.decoding == DecodingOptions(limits: limits, onWarning: .accept, orientation: .apply, scaled: true))
    #expect(data.interpolation == .bicubic)
    #expect(data.progressive.untilEpoch == [2, 5] && data.progressive.imageSize == [32, 48])
    let augmentation = run.augmentation
    #expect(augmentation.policy == .randAugment && augmentation.randAugmentOperations == 3)
    #expect(augmentation.randAugmentMagnitude == 15 && augmentation.interpolation == .bilinear)
    #expect(augmentation.fill == [124, 116, 104] && augmentation.colorJitter == [0.4, 0.3, 0.2, 0.1])
    #expect(augmentation.randomErasing == 0.25 && augmentation.erasingArea == 0.05...0.2)
    #expect(augmentation.erasingRatio == 0.5...2 && augmentation.erasingValue == .noise && augmentation.cutout == 16)
    #expect(augmentation.mixup == 0.8 && augmentation.cutmix == 1.5)
    #expect(augmentation.mixProbability == 0.75 && augmentation.mixSwitch == 0.375 && augmentation.repeats == 3)
    #expect(run.averaging.decay == 0.875 && run.averaging.everySteps == 5 && run.averaging.startEpoch == 1)
    #expect(run.evaluation.crops == 5 && run.evaluation.flip && run.evaluation.targetTop1 == 0.75)
    #expect(run.batch.global == 48 && run.loss.labelSmoothing == 0.15)
    #expect(run.optimizer.name == .sgd && run.optimizer.momentum == 0.8 && run.optimizer.nesterov)
    #expect(run.optimizer.weightDecay == 0.01 && run.optimizer.decayNormsAndBiases && run.optimizer.sharded)
    let schedule = run.schedule
    #expect(schedule.baseRate == 0.3 && schedule.baseBatch == 16 && schedule.warmupEpochs == 0.5)
    #expect(schedule.warmupStartRate == 0.05 && schedule.shape == .step && schedule.milestones == [1.5, 2])
    #expect(schedule.factor == 0.7 && schedule.power == 2 && schedule.finalRate == 0.002)
    #expect(abs(schedule.peakRate(globalBatch: 48) - 0.9) < 1e-12)
    #expect(run.syncBatchNorm.span == .ranks(2))
    #expect(run.collectives.algorithm == .ring && run.collectives.wire == .bf16)
    #expect(run.collectives.bucketMegabytes == 2.5 && run.collectives.timeoutSeconds == 60)
    #expect(run.checkpoint.everySteps == 6 && run.checkpoint.everyEpochs == 0 && run.checkpoint.keep == 9)
    #expect(run.evaluation.everyEpochs == 4 && run.evaluation.batch == 13)
    #expect(run.log.everySteps == 14 && run.log.everySeconds == 1.5 && run.log.progress == .plain)
  }

  @Test func allProblemsAreReportedAtOnce() throws {
    let text = """
      { "model": { "name": "resnet19" }, "data": { "train": "", "validation": "v", "image_size": 4.5 },
        "batch": { "global": "64" }, "optimizer": { "momentun": 0.9, "momentum": 1 }, "momentum": 0.9,
        "schedule": [], "colour": "red" }
      """
    let error = #expect(throws: ConfigurationError.self) { try configuration(text) }
    #expect(
      error?.description == """
        config.json: 11 problems
          optimizer.momentun: unknown key; nearest known key: momentum
          momentum: unknown key here; did you mean optimizer.momentum?
          colour: unknown key; known here: name, output, seed, threads_per_rank, coordinator, epochs, steps, \
        precision, memory, model, data, augmentation, batch, optimizer, averaging, loss, schedule, sync_batch_norm, \
        collectives, checkpoint, evaluation, numbers, audit, limits, log
          epochs: missing; give either epochs or steps
          model.name: expected "resnet18", "resnet34", "resnet50", "resnet101" or "resnet152"; got "resnet19"
          model.classes: missing; expected a whole number of classes, at least 2 and at most 1000000
          data.train: expected a path (a string that is not empty); got ""
          data.image_size: expected a whole number of pixels, at least 8 and at most 4096; got 4.5
          batch.global: expected a whole number of images, at least 1; got "64"
          optimizer.momentum: expected a number, at least 0 and below 1; got 1
          schedule: expected an object, got []
        """)
  }

  @Test(arguments: [
    ("coordinator=apart", #"coordinator: expected "shared" or "dedicated"; got "apart""#),
    ("precision=f16", #"precision.type: expected "f32" or "bf16"; got "f16""#),
    ("precision=[\"f32\"]", #"precision.type: expected "f32" or "bf16"; got ["f32"]"#),
    ("precision.native=true", "precision.native: unknown key; known here: type, require_native"),
    ("memory=none", #"memory: expected an object, got "none""#),
    (
      #"evaluation={"crops":10,"flip":true}"#,
      "evaluation.flip: 10 crops are five and the same mirrored; got true with crops 10"
    ),
    ("evaluation.crops=3", "evaluation.crops: expected 1, 5 or 10; got 3"),
    (
      "collectives.algorithm=tree",
      #"collectives.algorithm: expected "auto", "ring", "two_level", "recursive_doubling", "halving_doubling" or "mpi"; got "tree""#
    ),
    ("name=a/b", #"name: expected the name of a folder (a string without '/', not '.' or '..'); got "a/b""#),
    (
      #"name="a\u001b[31m""#,
      #"name: expected the name of a folder (a string without '/', not '.' or '..'); got "a\u001b[31m". It may not hold control characters"#
    ),
    (
      "output=~/x",
      #"output: expected a path (a string that is not empty); got "~/x". ~ and $NAME at the beginning of a part are the shell's, and are not replaced here: write the whole path"#
    ),
    ("name=..", #"name: expected the name of a folder (a string without '/', not '.' or '..'); got "..""#),
    ("seed=-1", "seed: expected a whole number, at least 0; got -1"),
    ("model.zero_init_residual=1", "model.zero_init_residual: expected true or false; got 1"),
    (
      "data.crop_area=[0.5,0.2]",
      "data.crop_area: expected an array [least, greatest] of two numbers, each above 0 and at most 1; got [0.5, 0.2]"
    ),
    (
      "data.crop_area=[0,1]",
      "data.crop_area: expected an array [least, greatest] of two numbers, each above 0 and at most 1; got [0, 1]"
    ),
    ("data.format=tree", ""),
    ("data={\"format\":\"synthetic\"}", ""),
    ("data.train=null", "data.train: missing; expected a path (a string that is not empty)"),
    (
      "data.shuffle_window=63",
      "data.shuffle_window: expected a whole number of images, at least 64 and at most 4294967296; got 63"
    ),
    ("data.mean=[0,1]", "data.mean: expected an array of 3 numbers, each at least 0 and at most 1; got [0, 1]"),
    ("data.std=[0.1,0,1]", "data.std: expected an array of 3 numbers, each above 0; got [0.1, 0, 1]"),
    (
      "data.mean=[0.1,true,1]",
      "data.mean: expected an array of 3 numbers, each at least 0 and at most 1; got [0.1, true, 1]"
    ),
    ("data.resize=200", "data.resize: expected 0 or at least image_size (224); got 200"),
    (
      #"data.progressive={"until_epoch":[3],"image_size":[224]}"#,
      "data.progressive.image_size: expected sizes below image_size (224); got [224]"
    ),
    (
      #"data.progressive={"until_epoch":[3,5],"image_size":[128]}"#,
      "data.progressive.image_size: expected as many as until_epoch (2); got 1"
    ),
    ("augmentation.fill=[1,2.5,3]", "augmentation.fill: expected three whole numbers; got [1.0, 2.5, 3.0]"),
    (
      "augmentation.color_jitter=[0,0,0,0.6]",
      "augmentation.color_jitter: expected a hue of at most 0.5; got [0.0, 0.0, 0.0, 0.6]"
    ),
    (
      "augmentation.policy=aug_mix",
      #"augmentation.policy: expected "none", "rand_augment", "trivial_augment_wide", "auto_augment" or "three_augment"; got "aug_mix""#
    ),
    (
      "schedule.milestones=[60,30]",
      "schedule.milestones: expected an ascending array of numbers of epochs, each above 0; got [60, 30]"
    ),
    ("schedule.shape=step", #"schedule.milestones: empty; the shape "step" needs at least one, as in [30, 60, 80]"#),
    ("optimizer={\"nesterov\":true,\"momentum\":0}", "optimizer.nesterov: needs a momentum above 0; got momentum 0"),
    ("steps=5", "epochs: given together with steps; give one of them (--set epochs=null takes epochs out)"),
    ("epochs=0", "epochs: expected a whole number of epochs, at least 1; got 0"),
    ("batch=null", ""),
  ])
  func problemsOfSingleFields(override: String, message: String) {
    #expect(problems(minimalText, [override]) == (message.isEmpty ? [] : [message]))
  }

  /// No field accepts an object, and a bad field causes exactly one message, about itself.
  @Test(arguments: RunConfiguration.sections.flatMap(\.fields).map(\.path))
  func everyFieldChecksItsType(path: String) {
    let found = problems(unusualText, [path == "epochs" ? "steps=null" : "output=o", "\(path)={\"x\":1}"])
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("\(path): expected ") == true)
    #expect(found.first?.hasSuffix("; got {\"x\": 1}") == true)
  }

  /// A sharded update needs an algorithm whose sums are each at one rank first; where it is measured, also in a table.
  @Test func aShardedUpdateNeedsAnAlgorithmInHalves() {
    let message = "optimizer.sharded: needs ring or two_level for gradients, between which auto then chooses; got"
    func found(_ overrides: String...) -> [String] { problems(minimalText, ["optimizer.sharded=true"] + overrides) }
    for algorithm in ["auto", "ring", "two_level"] { #expect(found("collectives.algorithm=\(algorithm)") == []) }
    for algorithm in ["recursive_doubling", "halving_doubling", "mpi"] {
      #expect(found("collectives.algorithm=\(algorithm)") == ["\(message) collectives.algorithm \(algorithm)"])
      let table = #"collectives.table={"algorithms":["\#(algorithm)","ring"],"up_to_bytes":[9]}"#
      #expect(found(table) == ["\(message) \(algorithm) in collectives.table.algorithms"])
      #expect(found(table, "collectives.algorithm=ring") == [])
    }
  }

  @Test func textsThatAreNoConfiguration() throws {
    #expect(problems("{ \"model\": }") == ["not valid JSON: line 1, column 12: expected a value, got \"}\""])
    #expect(problems("[]").first == "expected an object, got an array")
    let folder = try TemporaryFolder()
    let missing = #expect(throws: ConfigurationError.self) { try RunConfiguration(file: folder.path + "/no.json") }
    #expect(missing?.description == "\(folder.path)/no.json: cannot be read: No such file or directory")
    let isFolder = #expect(throws: ConfigurationError.self) { try RunConfiguration(file: folder.path) }
    #expect(isFolder?.description == "\(folder.path): cannot be read: Is a directory")
    try Data([0x7B, 0xFF, 0x7D]).write(to: URL(fileURLWithPath: folder.path + "/binary"))
    let binary = #expect(throws: ConfigurationError.self) { try RunConfiguration(file: folder.path + "/binary") }
    #expect(binary?.description == "\(folder.path)/binary: is not UTF-8 text")
  }

  @Test(arguments: ["quickstart", "imagenet-resnet50"]) func examplesAreValid(name: String) throws {
    let configuration = try RunConfiguration(file: "\(packageFolder)/examples/\(name).json")
    #expect(configuration.name == name)
  }

  /// Goyal et al. 2017, "Accurate, Large Minibatch SGD": sections 2.1, 2.2 and 5.1.
  @Test func theImageNetExampleIsTheOneOfThePaper() throws {
    let run = try RunConfiguration(file: "\(packageFolder)/examples/imagenet-resnet50.json")
    #expect(run.schedule.peakRate(globalBatch: 256) == 0.1 && run.schedule.peakRate(globalBatch: 8192) == 3.2)
    #expect(run.schedule.warmupEpochs == 5 && run.schedule.warmupStartRate == 0.1)
    #expect(run.schedule.shape == .step && run.schedule.milestones == [30, 60, 80] && run.schedule.factor == 0.1)
    #expect(run.length == .epochs(90) && run.model.name == .resnet50 && run.model.zeroInitResidual)
    #expect(run.optimizer.momentum == 0.9 && run.optimizer.weightDecay == 1e-4)
    #expect(!run.optimizer.decayNormsAndBiases && run.data.imageSize == 224)
  }
}
