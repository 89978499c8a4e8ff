/// The contiguous part of `range` that falls to `rank`: parts differ by at most one element, and the first ranks take
/// the remainder. With more ranks than elements the last ranks get an empty range at the end.
func balancedPart(of range: Range<Int>, rank: Int, worldSize: Int) -> Range<Int> {
  precondition(worldSize > 0 && rank >= 0 && rank < worldSize, "rank \(rank) of \(worldSize)")
  let (base, remainder) = range.count.quotientAndRemainder(dividingBy: worldSize)
  let start = range.lowerBound + rank * base + min(rank, remainder)
  return start..<start + base + (rank < remainder ? 1 : 0)
}
