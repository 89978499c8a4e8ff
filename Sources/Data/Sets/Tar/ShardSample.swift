/// The members of one key, as they are gathered.
struct ShardSample {
  let key: [UInt8]
  private(set) var image: TarMember?
  /// The member that is the label as a number, and the one that holds it among other things.
  private(set) var number: TarMember?
  private(set) var json: TarMember?
  /// An image that cannot be read, and its format.
  private(set) var unreadable: (TarMember, String)?
  /// Members without a role.
  var others = 0

  init(key: [UInt8]) { self.key = key }

  enum Role: Hashable {
    case image, number, json, none

    init(ending: String) {
      self =
        switch ending {
        case "jpg", "jpeg", "png": .image
        case "cls": .number
        case "json": .json
        default: .none
        }
    }
  }

  /// How many there are.
  var members: Int { others + [image, number, json].count { $0 != nil } }

  /// False where there is one of this role already.
  mutating func take(_ member: TarMember, _ role: Role, ending: String) -> Bool {
    switch role {
    case .image: return Self.set(&image, member)
    case .number: return Self.set(&number, member)
    case .json: return Self.set(&json, member)
    case .none:
      others += 1
      if case .unsupportedImage(let format) = NameKind(ending: ending) { unreadable = unreadable ?? (member, format) }
      return true
    }
  }

  private static func set(_ place: inout TarMember?, _ member: TarMember) -> Bool {
    if place != nil { return false }
    place = member
    return true
  }
}
