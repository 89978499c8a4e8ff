/// Names as people read them. A file's name is bytes: it need not be UTF-8, and may hold line feeds or a terminal's commands.
///
/// `visibleText` keeps every character that can be seen, and writes as `\xHH` each byte of what cannot: bytes that are no
/// UTF-8, control characters (C0, DEL, C1), line and paragraph separators, characters that turn the direction of writing,
/// and a byte order mark. So that it can be read back, a backslash that would look like the beginning of such a mark is
/// written so too. Names of letters, digits and punctuation stay as they are.
public func visibleText(_ bytes: some Collection<UInt8>) -> String {
  // Nearly all names are ASCII that can be seen.
  if bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != backslash }) { return String(decoding: bytes, as: UTF8.self) }
  let bytes = Array(bytes)
  var text = ""
  var start = 0
  while start < bytes.count {
    if let (scalar, length) = scalar(in: bytes, at: start), isVisible(scalar, bytes[start...]) {
      text.unicodeScalars.append(scalar)
      start += length
    } else {
      text += mark(bytes[start])
      start += 1
    }
  }
  return text
}

/// The same of a text from elsewhere: a configuration, a file of names.
public func visibleText(_ text: String) -> String { visibleText(Array(text.utf8)) }

/// The bytes that `visibleText` has written as this text.
public func bytes(ofVisibleText text: some StringProtocol) -> [UInt8] {
  let text = Array(text.utf8)
  var bytes: [UInt8] = []
  var start = 0
  while start < text.count {
    if let byte = byte(ofMarkAt: start, in: text[...]) {
      bytes.append(byte)
      start += 4
    } else {
      bytes.append(text[start])
      start += 1
    }
  }
  return bytes
}

/// Whether a text holds nothing that `visibleText` would have to mark, but for backslashes.
public func isVisible(_ text: String) -> Bool { text.unicodeScalars.allSatisfy { isVisible($0) } }

private let backslash = UInt8(ascii: "\\")

private func isVisible(_ scalar: Unicode.Scalar, _ rest: ArraySlice<UInt8>) -> Bool {
  isVisible(scalar) && byte(ofMarkAt: rest.startIndex, in: rest) == nil
}

/// Whether a character can be seen, and changes nothing around it.
public func isVisible(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0..<0x20, 0x7F..<0xA0: false
  case 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: false
  default: true
  }
}

/// The character that begins at `start`; nil where the bytes are no UTF-8.
private func scalar(in bytes: [UInt8], at start: Int) -> (scalar: Unicode.Scalar, length: Int)? {
  var decoder = UTF8()
  var iterator = bytes[start...].makeIterator()
  guard case .scalarValue(let scalar) = decoder.decode(&iterator) else { return nil }
  return (scalar, UTF8.width(scalar))
}

private func mark(_ byte: UInt8) -> String {
  let digits = String(byte, radix: 16)
  return "\\x" + (digits.count == 1 ? "0" : "") + digits
}

/// What `\xHH` at `start` stands for; nil where there is none.
private func byte(ofMarkAt start: Int, in text: ArraySlice<UInt8>) -> UInt8? {
  guard start + 4 <= text.endIndex, text[start] == backslash, text[start + 1] == UInt8(ascii: "x") else { return nil }
  guard let high = digit(text[start + 2]), let low = digit(text[start + 3]) else { return nil }
  return high << 4 | low
}

/// Of lower case alone, as `mark` writes them.
private func digit(_ byte: UInt8) -> UInt8? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
  default: nil
  }
}
