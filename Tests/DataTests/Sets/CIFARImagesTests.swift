import Data
import Glibc
import Testing

@Suite struct CIFARImagesTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The value of a channel of a pixel, different everywhere nearby.
  private func value(_ sample: Int, _ channel: Int, _ pixel: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: sample &* 31 &+ channel &* 101 &+ pixel &* 7)
  }

  /// Records of samples `range` with the given label bytes.
  private func records(_ range: Range<Int>, labels: (Int) -> [UInt8]) -> [UInt8] {
    range.flatMap { sample in
      labels(sample) + (0..<3).flatMap { channel in (0..<1024).map { value(sample, channel, $0) } }
    }
  }

  private func writeCIFAR10() throws {
    for batch in 1...5 {
      let first = (batch - 1) * 3
      try folder.file("data_batch_\(batch).bin", records(first..<(first + 3)) { [UInt8($0 % 10)] })
    }
    try folder.file("test_batch.bin", records(100..<102) { [UInt8($0 - 93)] })
  }

  @Test func trainingAndValidationLieInOneFolder() throws {
    try writeCIFAR10()
    let training = try CIFARImages(.cifar10, path: folder.path, role: .training)
    let validation = try CIFARImages(.cifar10, path: folder.path, role: .validation)
    #expect(training.count == 15 && validation.count == 2)
    #expect((0..<15).map { training.label(of: $0) } == (0..<15).map { $0 % 10 })
    #expect((0..<2).map { validation.label(of: $0) } == [7, 8])
    #expect(training.classes == (0..<10).map(String.init))
    #expect(training.classCounts == [2, 2, 2, 2, 2, 1, 1, 1, 1, 1])
    for sample in [0, 4, 14] {
      let (size, bytes) = try pixels(training, sample)
      #expect(size == PixelSize(width: 32, height: 32))
      #expect(bytes == (0..<3072).map { value(sample, $0 % 3, $0 / 3) })
    }
    #expect(try pixels(validation, 1).bytes == (0..<3072).map { value(101, $0 % 3, $0 / 3) })
    #expect(training.name(of: 4) == "\(folder.path)/data_batch_2.bin, record 1")
    #expect(training.digest != validation.digest)
  }

  /// Labels are read a few hundred records at a time.
  @Test func filesOfManyRecords() throws {
    try folder.file("train.bin", records(0..<1030) { [0, UInt8($0 * 7 % 100)] })
    let set = try CIFARImages(.cifar100, path: folder.path, role: .training)
    #expect((0..<set.count).map { set.label(of: $0) } == (0..<1030).map { $0 * 7 % 100 })
    #expect(try pixels(set, 1029).bytes == (0..<3072).map { value(1029, $0 % 3, $0 / 3) })
    try folder.file("train.bin", records(0..<1030) { [0, $0 == 1025 ? 100 : 1] })
    expectFault(folder.path + "/train.bin", at: 1025 * 3074 + 1, "record 1025", "got 100") {
      try CIFARImages(.cifar100, path: folder.path, role: .training)
    }
  }

  @Test func fineLabelsOfCIFAR100Count() throws {
    try folder.file("train.bin", records(0..<4) { [UInt8($0), UInt8(99 - $0)] })
    try folder.file("fine_label_names.txt", Array((0..<100).map { "fine \($0)\n" }.joined().utf8))
    let set = try CIFARImages(.cifar100, path: folder.path, role: .training)
    #expect((0..<4).map { set.label(of: $0) } == [99, 98, 97, 96])
    #expect(set.classes[99] == "fine 99" && set.classes.count == 100)
    #expect(try pixels(set, 3).bytes == (0..<3072).map { value(3, $0 % 3, $0 / 3) })
  }

  @Test func filesCanBeNamedOneByOne() throws {
    try writeCIFAR10()
    let path = folder.path + "/data_batch_{2,4}.bin"
    let set = try CIFARImages(.cifar10, path: path, role: .training)
    #expect((0..<set.count).map { set.label(of: $0) } == [3, 4, 5, 9, 0, 1])
    let one = try CIFARImages(.cifar10, path: folder.path + "/test_batch.bin", role: .training)
    #expect(one.count == 2)
  }

  @Test func namesOfClassesComeFromTheArchive() throws {
    try writeCIFAR10()
    try folder.file("batches.meta.txt", Array("plane\ncar\n\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n".utf8))
    let set = try CIFARImages(.cifar10, path: folder.path, role: .training)
    #expect(set.classes == ["plane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"])
    try folder.file("batches.meta.txt", Array("plane\ncar\n".utf8))
    expectFault(folder.path + "/batches.meta.txt", "10 names", "got 2") {
      try CIFARImages(.cifar10, path: folder.path, role: .training)
    }
    try folder.file("batches.meta.txt", Array("plane\nplane\n".utf8))
    expectFault(folder.path + "/batches.meta.txt", "\"plane\" twice") {
      try CIFARImages(.cifar10, path: folder.path, role: .training)
    }
  }

  @Test func damageIsNamed() throws {
    try writeCIFAR10()
    let path = folder.path + "/data_batch_3.bin"
    func open() throws -> CIFARImages { try CIFARImages(.cifar10, path: folder.path, role: .training) }
    let whole = records(6..<9) { [UInt8($0 % 10)] }
    try folder.file("data_batch_3.bin", Array(whole.dropLast(5)))
    expectFault(path, at: 2 * 3073, "records of 3073 bytes", "3068 bytes after 2 records", from: open)
    var wrong = whole
    wrong[2 * 3073] = 10
    try folder.file("data_batch_3.bin", wrong)
    expectFault(path, at: 2 * 3073, "record 2", "a label below 10", "got 10", from: open)
    try folder.file("data_batch_3.bin", [])
    expectFault(path, at: 0, "records of 3073 bytes", from: open)
    expectFault(folder.path + "/data_batch_9.bin", "No such file") {
      try CIFARImages(.cifar10, path: folder.path + "/data_batch_9.bin", role: .training)
    }
    expectFault(folder.path + "/train.bin", "No such file") {
      try CIFARImages(.cifar100, path: folder.path, role: .training)
    }
  }

  /// A file that shrinks while it is in use is an error of the sample, not a crash.
  @Test func aFileCutOffLaterIsNoticed() throws {
    try writeCIFAR10()
    let set = try CIFARImages(.cifar10, path: folder.path, role: .validation)
    let handle = try #require(fopen(folder.path + "/test_batch.bin", "r+"))
    #expect(ftruncate(fileno(handle), 4000) == 0)
    fclose(handle)
    #expect(try pixels(set, 0).bytes.count == 3072)
    expectFault(folder.path + "/test_batch.bin", at: 3074, "3072 bytes", "the end of the file after 926") {
      try pixels(set, 1).bytes
    }
  }
}
