import CFiles
import Glibc

/// A path under which what lies at `path` can be read as often as one likes, also by the program that this process may become:
/// `path` itself where it is a file. What can be read once alone, standard input or a FIFO, is read now and kept in memory.
/// Where it cannot be read, `path`: whoever reads it will see why.
public func keepInput(_ path: String) -> String {
  if canBeReadAgain(path) { return path }
  let source = open(path, O_RDONLY | O_CLOEXEC)
  guard source >= 0 else { return path }
  defer { close(source) }
  let memory = cf_memory_file("configuration")
  guard memory >= 0, copyAll(from: source, to: memory) else { return path }
  guard let number = descriptorNumber(path) else { return "/dev/fd/\(memory)" }
  // So that messages name what the user named.
  guard dup2(memory, number) >= 0 else { return "/dev/fd/\(memory)" }
  close(memory)
  return path
}

/// Whether there is a file, or nothing, at `path`: not a pipe.
public func canBeReadAgain(_ path: String) -> Bool {
  var information = stat()
  return stat(path, &information) != 0 || [S_IFREG, S_IFDIR].contains(information.st_mode & S_IFMT)
}

/// Of `/dev/stdin`, `/dev/fd/N` and `/proc/self/fd/N`.
private func descriptorNumber(_ path: String) -> Int32? {
  if path == "/dev/stdin" { return STDIN_FILENO }
  for folder in ["/dev/fd/", "/proc/self/fd/"] where path.hasPrefix(folder) {
    return Int32(path.dropFirst(folder.count))
  }
  return nil
}

private func copyAll(from source: Int32, to target: Int32) -> Bool {
  var piece = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = read(source, &piece, piece.count)
    if count == 0 { return true }
    if count < 0 {
      if errno == EINTR { continue }
      return false
    }
    var rest = piece[..<count]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { write(target, $0.baseAddress, $0.count) }
      if written < 0, errno != EINTR { return false }
      rest = rest.dropFirst(max(written, 0))
    }
  }
}
