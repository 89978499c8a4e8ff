import Foundation
import Platform

/// How a name resembles another, so that people take the two for one.
public struct NameLikeness: Hashable, Sendable {
  /// The other name, as people read it.
  public let known: String
  let kind: Kind

  enum Kind: Hashable, Sendable {
    /// The same letters, put together from other characters of Unicode.
    case form(here: String, there: String)
    /// The bytes of this one are Latin-1, those of the other UTF-8.
    case latin1
    /// The bytes of this one are UTF-8, those of the other Latin-1.
    case otherLatin1
    case letterCase
  }

  /// The nearest of `known`; nil where none is near.
  init?(of name: [UInt8], in known: [[UInt8]]) {
    let found = known.compactMap { other in Self.kind(name, other).map { (other, $0) } }
    guard let nearest = found.first(where: { $0.1 != .letterCase }) ?? found.first else { return nil }
    self.init(known: nearest.0, nearest.1)
  }

  private init(known: [UInt8], _ kind: Kind) {
    self.known = visibleText(known)
    self.kind = kind
  }

  private static func kind(_ name: [UInt8], _ other: [UInt8]) -> Kind? {
    // Nearly all names are as different as they look.
    if name == other { return nil }
    switch (String(validating: name, as: UTF8.self), String(validating: other, as: UTF8.self)) {
    case (let name?, let other?):
      // Swift's equality is Unicode's: it does not see in which form a letter is written.
      if name == other { return .form(here: form(of: name), there: form(of: other)) }
      return name.lowercased() == other.lowercased() ? .letterCase : nil
    case (nil, let other?): return latin1(name) == other ? .latin1 : nil
    case (let name?, nil): return name == latin1(other) ? .otherLatin1 : nil
    case (nil, nil): return nil
    }
  }

  private static func latin1(_ bytes: [UInt8]) -> String {
    var text = ""
    for byte in bytes { text.unicodeScalars.append(Unicode.Scalar(byte)) }
    return text
  }

  private static func form(of name: String) -> String {
    if name.utf8.elementsEqual(name.precomposedStringWithCanonicalMapping.utf8) { return composed }
    if name.utf8.elementsEqual(name.decomposedStringWithCanonicalMapping.utf8) { return decomposed }
    return "neither composed nor decomposed"
  }

  private static let composed = "composed (Unicode's NFC)"
  private static let decomposed = "decomposed (Unicode's NFD)"
}

extension NameLikeness {
  /// What they have in common and what not; completes "they have".
  var difference: String {
    switch kind {
    case .form(let here, let there):
      "the same letters in other bytes, \(here) here and \(there) there, as macOS and some programs for zip files change them"
    case .latin1: "the same letters in other bytes, Latin-1 here and UTF-8 there"
    case .otherLatin1: "the same letters in other bytes, UTF-8 here and Latin-1 there"
    case .letterCase: "the same letters, but for upper and lower case"
    }
  }

  /// How to make this one's name the other's.
  func advice(_ folder: String) -> String {
    let options: String
    switch kind {
    case .form(_, Self.composed): options = "-f utf8 -t utf8 --nfc"
    case .form(_, Self.decomposed): options = "-f utf8 -t utf8 --nfd"
    case .latin1: options = "-f latin1 -t utf8"
    case .otherLatin1: options = "-f utf8 -t latin1"
    case .form, .letterCase: return "Rename one of the two."
    }
    return "Rename one of the two; `convmv \(options) -r --notest \(folder)` does it for all names there."
  }

  /// Every name of `names` that is written like one before it, with that one. Upper and lower case are told apart.
  static func pairs(in names: FileNames) -> [(String, NameLikeness)] {
    var seen: [String: [UInt8]] = [:]
    var pairs: [(String, NameLikeness)] = []
    // Without letters beyond ASCII there is one way to write a name.
    for name in (0..<names.count).lazy.map({ Array(names[$0]) }) where name.contains(where: { $0 >= 0x80 }) {
      let key = String(validating: name, as: UTF8.self) ?? latin1(name)
      if let other = seen[key], let likeness = NameLikeness(of: name, in: [other]) {
        pairs.append((visibleText(name), likeness))
      } else {
        seen[key] = name
      }
    }
    return pairs
  }
}
