/// What to say of archives in which no sample was found, though there are members: which names they have, and what became
/// of them.
enum NoSamples {
  private static let dot = UInt8(ascii: ".")
  private static let namesShown = 3
  /// Archives and members that are looked through for names.
  private static let filesRead = 4
  private static let membersRead = 100

  static func fault(_ name: String, _ paths: [BytePath]) throws(DataError) -> DataError {
    let names = try names(in: paths.prefix(filesRead))
    let shown = names.prefix(namesShown).map { quoted($0) }.joined(separator: ", ")
    let got =
      names.isEmpty ? "none" : "none: members are called \(shown)\(names.count > namesShown ? " and so on" : "")"
    return .badFile(
      FileFault(
        name, expected: "samples in the \(paths.count) archives", got: got,
        advice: dotted(names)
          ?? "A sample is an image (.jpg, .jpeg or .png) and its label (.cls or .json) side by side, "
          + "with the same name up to the first dot. Check the path; `dist-train data pack` makes shards of a folder tree."
      ))
  }

  private static func names(in paths: some Sequence<BytePath>) throws(DataError) -> [[UInt8]] {
    var names: [[UInt8]] = []
    for path in paths {
      var members = TarReader(try DataFile(path, as: "a tar archive"))
      for _ in 0..<membersRead {
        guard let member = try members.next() else { break }
        if member.kind == .file { names.append(member.name) }
      }
    }
    return names
  }

  /// Where a name would be that of an image but for a dot before its last one.
  private static func dotted(_ names: [[UInt8]]) -> String? {
    for name in names {
      guard NameKind(of: name) == .image, let (key, ending) = ShardIndexer.split(name) else { continue }
      let base = BytePath(name).name
      let last = base.lastIndex(of: dot) ?? base.endIndex
      let renamed = base[..<last].map { $0 == dot ? UInt8(ascii: "_") : $0 } + base[last...]
      return
        "As WebDataset has it, a name is split at the first dot of its last part: \(quoted(name)) is taken for the key "
        + "\(quoted(key)) and the ending \"\(ending)\", which is no image. Rename the members so that no other dot comes before "
        + "the ending, as in \(quoted(renamed)), and pack them again."
    }
    return nil
  }
}
