import Glibc

/// Whose a file is that this process may not use, and what helps: what people need to know of another user's checkpoint.
struct PermissionNote {
  let text: String

  /// - Parameter path: or what can be seen of the way to it.
  init(_ path: String) {
    var status = stat()
    var seen = path
    while stat(seen, &status) != 0 {
      guard let slash = seen.lastIndex(of: "/"), slash != seen.startIndex else {
        text = "; choose a folder that this user may read and write"
        return
      }
      seen = String(seen[..<slash])
    }
    let mode = String(status.st_mode & 0o7777, radix: 8)
    let owner = status.st_uid == geteuid() ? "this user's own" : "\(Self.name(of: status.st_uid))'s"
    text =
      "; \(seen) is \(owner) (mode \(mode)), and this process runs as \(Self.name(of: geteuid())). Ask for a right to read it "
      + "(chmod -R a+rX, of its folder), copy it as its owner, or choose another folder"
  }

  private static func name(of user: uid_t) -> String {
    guard let entry = getpwuid(user) else { return "user \(user)" }
    return "user \(String(cString: entry.pointee.pw_name))"
  }
}
