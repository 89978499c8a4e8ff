import Checkpoints
import Foundation
import Tensors
import Testing

@Suite struct SafetensorsTests {
  private let folder: TemporaryFolder
  private let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = "\(folder.path)/tensors.safetensors"
  }

  @Test func everyTypeAndShapeMakesTheRoundTrip() throws {
    var tensors: [(name: String, type: ElementType, shape: Shape)] = []
    for type in ElementType.allCases {
      for shape in [[], [0], [1], [3, 0, 2], [2, 3, 5]] as [Shape] { tensors.append(("\(type) \(shape)", type, shape)) }
    }
    tensors.append(("\"quotes\", \\, \u{1}, ünïcode and 🙂", .f32, [7]))
    let written = Arena(ArenaLayout(tensors))
    for part in written.layout.parts {
      for index in written.bytes(of: part).indices {
        written.bytes(of: part)[index] = UInt8(truncatingIfNeeded: index + part.offset)
      }
    }
    let metadata = ["key \n": "value \t \u{7f}", "format": "pt"]
    try SafetensorsWriter.write(TensorView.parts(of: written), metadata: metadata, to: path)
    let file = try SafetensorsFile(opening: path)
    #expect(file.header.metadata == metadata)
    #expect(file.header.tensors.count == tensors.count)
    for tensor in file.header.tensors {
      #expect(
        tensor.byteRange.lowerBound % tensor.type.bytes == 0, "\(tensor.name) starts at a multiple of its element")
    }
    let read = Arena(written.layout)
    try file.restore(into: TensorDestination.parts(of: read))
    #expect(read.bytes.elementsEqual(written.bytes))
    #expect(try folder.names() == ["tensors.safetensors"])
  }

  @Test func theFileToTheByte() throws {
    let bytes: [UInt8] = [1, 2, 3]
    let wide: [UInt8] = Array(10..<18)
    try bytes.withUnsafeBytes { bytes in
      try wide.withUnsafeBytes { wide in
        try SafetensorsWriter.write(
          [
            TensorView(name: "a", type: .u8, shape: [3], bytes: bytes),
            TensorView(name: "b", type: .f32, shape: [1, 2], bytes: wide),
          ], metadata: ["k": "v"], to: path)
      }
    }
    let header =
      #"{"__metadata__":{"k":"v"},"b":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"#
      + #""a":{"dtype":"U8","shape":[3],"data_offsets":[8,11]}}"#
    let padded =
      Array(header.utf8)
      + Array(repeating: UInt8(ascii: " "), count: roundUp(header.utf8.count, to: 8) - header.utf8.count)
    #expect(
      try folder.read("tensors.safetensors") == [UInt8(padded.count), 0, 0, 0, 0, 0, 0, 0] + padded + wide + bytes)
  }

  /// `Fixtures/make_fixture.py` wrote it with the Python package.
  @Test func aFileOfThePythonPackageIsRead() throws {
    let fixture = Bundle.module.bundleURL.appending(path: "Fixtures/python.safetensors").path
    let arena = Arena(
      ArenaLayout([
        ("f32", .f32, [2, 3]), ("f64", .f64, [2]), ("i64", .i64, []), ("u8", .u8, [5]), ("bf16", .bf16, [3]),
        ("empty", .f32, [0, 4]),
      ]))
    let file = try SafetensorsFile(opening: fixture)
    #expect(file.header.metadata == ["format": "pt", "écrit": "par \"Python\""])
    try file.restore(into: TensorDestination.parts(of: arena))
    #expect(Array(arena.floats(of: arena.layout.parts[0])) == [0, 1.5, 3, 4.5, 6, 7.5])
    #expect(Array(arena.bytes(of: arena.layout.parts[1]).bindMemory(to: Double.self)) == [0.1, -1e300])
    #expect(Array(arena.bytes(of: arena.layout.parts[2]).bindMemory(to: Int64.self)) == [-1_234_567_890_123])
    #expect(Array(arena.bytes(of: arena.layout.parts[3])) == [0, 1, 2, 254, 255])
    #expect(Array(arena.bytes(of: arena.layout.parts[4]).bindMemory(to: UInt16.self)) == [0x3F80, 0xC000, 0x3E80])
  }

  /// Headers over 8 bytes of data, each with a word that the reason must have.
  @Test(
    arguments: [
      (#"[]"#, "not a JSON object"), (#""#, "got the end of the text"), (#"{"#, "a key in quotation marks"),
      (#"{}x"#, "the end of the document"),
      (#"{}"#, "take 0 bytes, but 8 follow"),
      (#"{"a":1}"#, "'a': expected an object, got a whole number"),
      (#"{"a":{"shape":[2],"data_offsets":[0,8]}}"#, "no string 'dtype'"),
      (#"{"a":{"dtype":"F32","data_offsets":[0,8]}}"#, "no array 'shape'"),
      (#"{"a":{"dtype":"F32","shape":[2]}}"#, "no array 'data_offsets'"),
      (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}}"#, "unknown key 'x'"),
      (#"{"a":{"dtype":"F16","shape":[4],"data_offsets":[0,8]}}"#, "dtype 'F16'; expected one of U8, I64, BF16"),
      (#"{"a":{"dtype":"f32","shape":[2],"data_offsets":[0,8]}}"#, "dtype 'f32'"),
      (#"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, "got -2"),
      (#"{"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}"#, "got 2.0"),
      (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,"8"]}}"#, #"got "8""#),
      (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8]}}"#, "a start and an end"),
      (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, "a start and an end"),
      (#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, "F32 3 takes 12 bytes, but the offsets span 8"),
      (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,9]}}"#, "takes 8 bytes, but the offsets span 9"),
      (#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#, "take 16 bytes, but 8 follow"),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, "take 4 bytes, but 8 follow"),
      (
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, "leaves a gap before it: it starts at byte 4, not 0"
      ),
      (
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
        "'b': overlaps the tensor before it"
      ),
      (
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
        #"the key "a" is given twice"#
      ),
      (
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\u0061":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
        #"the key "a" is given twice"#
      ),
      (#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}"#, "is too large"),
      (#"{"a":{"dtype":"F32","shape":[4611686018427387904,4,0],"data_offsets":[0,0]}}"#, "is too large"),
      (#"{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}"#, "does not fit 64 bits"),
      (#"{"__metadata__":{"a":1}}"#, "'__metadata__.a': expected a string, got a whole number"),
      (#"{"__metadata__":"a"}"#, "'__metadata__': expected an object"),
    ])
  func aHostileHeaderIsRefused(header: String, reason: String) throws {
    let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
    try folder.write(length + Array(header.utf8) + Array(0..<8), to: "tensors.safetensors")
    let message = try refusal { _ = try SafetensorsFile(opening: path) }
    #expect(message.hasPrefix("\(path): ") && message.contains(reason), "\(message)")
  }

  @Test(arguments: [0, 3, 9, UInt64(Int.max), UInt64.max, 1 << 40])
  func aHeaderLongerThanTheFileIsRefusedBeforeItTakesMemory(length: UInt64) throws {
    try folder.write(withUnsafeBytes(of: length.littleEndian) { Array($0) } + [123, 125], to: "tensors.safetensors")
    #expect(throws: CheckpointError.self) { _ = try SafetensorsFile(opening: path) }
  }

  @Test func aFileOfFewerThanEightBytesIsRefused() throws {
    for count in 0..<8 {
      try folder.write(Array(repeating: 0, count: count), to: "tensors.safetensors")
      #expect(throws: CheckpointError.self) { _ = try SafetensorsFile(opening: path) }
    }
  }
}
