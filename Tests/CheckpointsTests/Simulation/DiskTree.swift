/// What is on a disk: files and folders by number, as inodes are. A value; a crash leaves one of many.
struct DiskTree: Hashable {
  enum Node: Hashable {
    case file([UInt8])
    case folder([String: Int])
  }

  /// The smallest steps in which a disk changes, each of which happens as a whole or not at all.
  enum Change: Hashable {
    /// The file is at least so long; what is new is zeros.
    case grow(file: Int, bytes: Int)
    case data(file: Int, offset: Int, bytes: [UInt8])
    /// A new entry of a folder, for a new file or folder.
    case link(folder: Int, name: String, node: Int, isFolder: Bool)
    /// Within a folder. Whatever had the new name is gone.
    case move(folder: Int, name: String, newName: String, node: Int)
    case unlink(folder: Int, name: String)

    /// Of what is changed: a sync of it makes the change durable.
    var node: Int {
      switch self {
      case .grow(let file, _), .data(let file, _, _): file
      case .link(let folder, _, _, _), .move(let folder, _, _, _), .unlink(let folder, _): folder
      }
    }
  }

  static let root = 0
  private(set) var nodes: [Int: Node] = [root: .folder([:])]

  /// Changes of things whose creation never got to the disk have their effect all the same: what is asked is whether
  /// they can be reached.
  mutating func apply(_ change: Change) {
    switch change {
    case .grow(let file, let bytes):
      let contents = contents(of: file)
      nodes[file] = .file(contents + Array(repeating: 0, count: max(0, bytes - contents.count)))
    case .data(let file, let offset, let bytes):
      apply(.grow(file: file, bytes: offset + bytes.count))
      var contents = contents(of: file)
      nodes[file] = nil  // The array is not copied.
      contents.replaceSubrange(offset..<offset + bytes.count, with: bytes)
      nodes[file] = .file(contents)
    case .link(let folder, let name, let node, let isFolder):
      changeEntries(of: folder) { $0[name] = node }
      if nodes[node] == nil { nodes[node] = isFolder ? .folder([:]) : .file([]) }
    case .move(let folder, let name, let newName, let node):
      changeEntries(of: folder) { entries in
        if entries[name] == node { entries[name] = nil }
        entries[newName] = node
      }
    case .unlink(let folder, let name): changeEntries(of: folder) { $0[name] = nil }
    }
  }

  private mutating func changeEntries(of folder: Int, _ change: (inout [String: Int]) -> Void) {
    var entries = entries(of: folder)
    change(&entries)
    nodes[folder] = .folder(entries)
  }

  func entries(of folder: Int) -> [String: Int] {
    if case .folder(let entries)? = nodes[folder] { entries } else { [:] }
  }

  func contents(of file: Int) -> [UInt8] {
    if case .file(let contents)? = nodes[file] { contents } else { [] }
  }

  func isFolder(_ node: Int) -> Bool { if case .folder? = nodes[node] { true } else { false } }

  /// nil when there is nothing of that path. Paths begin at the root, with a slash or without.
  func node(at path: String) -> Int? {
    var node = Self.root
    for part in path.split(separator: "/") where part != "." {
      guard let next = entries(of: node)[String(part)] else { return nil }
      node = next
    }
    return node
  }

  /// All that can be reached, by path; folders have nil.
  var visible: [String: [UInt8]?] {
    var found: [String: [UInt8]?] = [:]
    func visit(_ node: Int, _ path: String) {
      for (name, entry) in entries(of: node) {
        let path = "\(path)/\(name)"
        if isFolder(entry) {
          found.updateValue(nil, forKey: path)
          visit(entry, path)
        } else {
          found[path] = contents(of: entry)
        }
      }
    }
    visit(Self.root, "")
    return found
  }

  var bytes: Int { nodes.keys.reduce(0) { $0 + contents(of: $1).count } }
}
