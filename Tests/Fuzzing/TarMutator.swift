import CFuzzer

/// Mutates one member of an archive, or moves, doubles or removes one, and writes all of it with the sizes and
/// checksums that it then needs, without which no reader looks further. One time in eight the bytes are mutated as they
/// are.
@_cdecl("LLVMFuzzerCustomMutator")
func mutateTar(_ bytes: UnsafeMutablePointer<UInt8>?, _ count: Int, _ capacity: Int, _ seed: UInt32) -> Int {
  var random = SplitMix(state: UInt64(seed))
  if random.draw(below: 8) == 0 { return LLVMFuzzerMutate(bytes, count, capacity) }
  let file = UnsafeMutableBufferPointer(start: bytes, count: capacity)
  var archive = MutableArchive(UnsafeBufferPointer(rebasing: file[..<count]))
  archive.mutate(&random, growth: capacity - count)
  let changed = archive.bytes.prefix(capacity)
  _ = file.update(fromContentsOf: changed)
  return changed.count
}

/// Numbers from a seed; libFuzzer's own are out of reach.
struct SplitMix {
  var state: UInt64

  mutating func draw(below bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
    return Int((bits ^ bits >> 31) % UInt64(bound))
  }
}

private struct MutableArchive {
  struct Member {
    var header: [UInt8]
    var data: [UInt8]
  }

  var members: [Member] = []
  /// Zeros, and whatever else is no member.
  var end: [UInt8] = []

  init(_ file: UnsafeBufferPointer<UInt8>) {
    var place = 0
    while place + 512 <= file.count, file[place..<place + 512].contains(where: { $0 != 0 }) {
      let size = Self.octal(file[place + 124..<place + 135])
      let data = place + 512
      // A size that cannot be is taken for none.
      let length = size <= file.count - data ? size : 0
      members.append(Member(header: Array(file[place..<data]), data: Array(file[data..<data + length])))
      place = min(data + (length + 511) / 512 * 512, file.count)
    }
    end = Array(file[place...])
  }

  mutating func mutate(_ random: inout SplitMix, growth: Int) {
    guard !members.isEmpty else {
      end = mutated(end, growth: growth)
      return
    }
    let chosen = random.draw(below: members.count)
    switch random.draw(below: 10) {
    case 0: members.insert(members[random.draw(below: members.count)], at: chosen)
    case 1: members.swapAt(chosen, random.draw(below: members.count))
    case 2: members.remove(at: chosen)
    case 3: end = mutated(end, growth: growth)
    case 4..<7:
      members[chosen].data = mutated(members[chosen].data, growth: growth)
      repair(chosen, keepsRecords: random.draw(below: 4) == 0)
    default:
      let (fields, sizes) = ([0..<100, 0..<100, 156..<157, 257..<265, 345..<500, 0..<512], 124..<136)
      let keepsSize = random.draw(below: 4) > 0
      let field = keepsSize ? fields[random.draw(below: fields.count)] : sizes
      let new = mutated(Array(members[chosen].header[field]), growth: 0)
      members[chosen].header.replaceSubrange(field, with: new + [UInt8](repeating: 0, count: field.count - new.count))
      if keepsSize { repair(chosen, keepsRecords: true) } else { writeChecksum(chosen) }
    }
  }

  private func mutated(_ bytes: [UInt8], growth: Int) -> [UInt8] {
    let room = bytes.count + max(growth, bytes.isEmpty ? 1 : 0)
    return [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
      _ = buffer.initialize(fromContentsOf: bytes)
      count = LLVMFuzzerMutate(buffer.baseAddress, bytes.count, room)
    }
  }

  private mutating func repair(_ index: Int, keepsRecords: Bool) {
    if !keepsRecords, [0x67, 0x78].contains(members[index].header[156]) {
      members[index].data = Self.withLengths(members[index].data)
    }
    members[index].header.replaceSubrange(124..<136, with: Self.digits(members[index].data.count, width: 11) + [0])
    writeChecksum(index)
  }

  private mutating func writeChecksum(_ index: Int) {
    members[index].header.replaceSubrange(148..<156, with: [UInt8](repeating: 0x20, count: 8))
    let sum = members[index].header.reduce(0) { $0 + Int($1) }
    members[index].header.replaceSubrange(148..<156, with: Self.digits(sum, width: 6) + [0, 0x20])
  }

  /// pax records, a line each, with the lengths that they have.
  private static func withLengths(_ records: [UInt8]) -> [UInt8] {
    records.split(separator: UInt8(ascii: "\n")).flatMap { line in
      let content = [UInt8(ascii: " ")] + line.drop { 0x30...0x39 ~= $0 }.drop { $0 == 0x20 } + [UInt8(ascii: "\n")]
      var length = content.count
      while length != content.count + String(length).utf8.count { length = content.count + String(length).utf8.count }
      return Array(String(length).utf8) + content
    }
  }

  private static func digits(_ number: Int, width: Int) -> [UInt8] {
    let digits = String(number, radix: 8)
    return Array((String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits).utf8)
  }

  private static func octal(_ field: Slice<UnsafeBufferPointer<UInt8>>) -> Int {
    field.allSatisfy { 0x30..<0x38 ~= $0 } ? field.reduce(0) { $0 << 3 | Int($1 - 0x30) } : .max
  }

  var bytes: [UInt8] {
    members.flatMap { member in
      let padding = (512 - member.data.count % 512) % 512
      return member.header + member.data + [UInt8](repeating: 0, count: padding)
    } + end
  }
}
