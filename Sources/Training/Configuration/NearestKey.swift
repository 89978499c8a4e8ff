/// The candidate that differs least from `key`, if it is near enough to be what was meant.
func nearestKey(to key: String, among candidates: [String]) -> String? {
  let allowed = max(2, key.count / 3)
  let nearest =
    candidates
    .map { (candidate: $0, distance: editDistance(Array(key), Array($0))) }
    .min { ($0.distance, $0.candidate) < ($1.distance, $1.candidate) }
  guard let nearest, nearest.distance <= allowed, nearest.distance < key.count else { return nil }
  return nearest.candidate
}

/// How many characters must be inserted, deleted or replaced to make `b` of `a` (the Levenshtein distance).
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  var last = Array(0...b.count)
  for i in a.indices {
    var row = [i + 1]
    for j in b.indices {
      row.append(min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1)))
    }
    last = row
  }
  return last[b.count]
}
