import Glibc

/// What the link at `path` names, where nothing is there; nil where `path` is no link, or leads somewhere.
func danglingLink(_ path: String) -> String? {
  var information = stat()
  guard lstat(path, &information) == 0, information.st_mode & S_IFMT == S_IFLNK, stat(path, &information) != 0,
    errno == ENOENT
  else { return nil }
  var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
  let count = target.withUnsafeMutableBytes { readlink(path, $0.baseAddress!, $0.count) }
  return String(decoding: target.prefix(max(0, count)), as: UTF8.self)
}
