/// Part `index` of `whole` cut into `count` parts as even as can be, the first ones one longer where it does not divide.
func evenPart(_ index: Int, of count: Int, in whole: Range<Int>) -> Range<Int> {
  let (quotient, remainder) = whole.count.quotientAndRemainder(dividingBy: count)
  let start = whole.lowerBound + index * quotient + min(index, remainder)
  return start..<start + quotient + (index < remainder ? 1 : 0)
}

/// The same with cuts at multiples of `unit`, so that no two parts share a cache line.
func evenPart(_ index: Int, of count: Int, in whole: Range<Int>, unit: Int) -> Range<Int> {
  let units = evenPart(index, of: count, in: 0..<(whole.count + unit - 1) / unit)
  let start = min(whole.lowerBound + units.lowerBound * unit, whole.upperBound)
  return start..<min(whole.lowerBound + units.upperBound * unit, whole.upperBound)
}

/// How many pieces of at most `pieceElements` elements it takes.
func pieceCount(_ elements: Int, pieceElements: Int) -> Int {
  (elements + pieceElements - 1) / pieceElements
}
