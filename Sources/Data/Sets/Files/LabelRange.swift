/// The least and the greatest label of a data set. Labels count from 0; those of some sets, and of programs that count like
/// people, begin at 1.
struct LabelRange {
  let least: Int
  let greatest: Int

  /// - Parameter labels: at least one.
  init(_ labels: some Collection<some BinaryInteger>) {
    (least, greatest) = (labels.min().map { Int($0) } ?? 0, labels.max().map { Int($0) } ?? 0)
  }

  init(least: Int, greatest: Int) { (self.least, self.greatest) = (least, greatest) }

  /// What to do about a label beyond `classes`; nil where that is not all that is wrong.
  func advice(classes: Int) -> String? {
    guard least == 1, greatest == classes else { return nil }
    return
      "Labels seem to begin at 1: there is none of 0, and the greatest is the number of classes. They must begin at 0: "
      + "subtract 1 from each, or, to leave class 0 empty, put a name for it before the others."
  }

  /// What whoever uses the data should know; nil where class 0 has images.
  func note(of path: String) -> String? {
    guard least == 1, greatest > 1 else { return nil }
    return
      "\(path): labels seem to begin at 1 (there are \(least) to \(greatest), and none of 0), so class 0 stays empty, "
      + "and model.classes must count it. If that is not meant, subtract 1 from each label"
  }
}
