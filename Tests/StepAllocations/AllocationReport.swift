import CAllocations
import Foundation

/// Prints what `CAllocations` has counted: how many allocations are ours, who else made some, and where the first of ours
/// were.
func printAllocations(of subject: String) {
  print("\(subject): \(allocations_ours()) allocations of ours")
  var index = 0
  while let source = allocations_source(index)?.pointee {
    print("  \(source.calls) by \(source.file.map { String(cString: $0) } ?? "unknown code")")
    index += 1
  }
  index = 0
  var depth = 0
  while let trace = allocations_trace(index, &depth) {
    printFunctions(UnsafeBufferPointer(start: trace, count: depth))
    index += 1
  }
}

/// The functions that return to these places in the program's file, by the tools that come with Swift; the bare places where
/// those are not found.
private func printFunctions(_ places: UnsafeBufferPointer<Int>) {
  // The call lies before the place to return to.
  let calls = places.map { "0x" + String($0 - 1, radix: 16) }.joined(separator: " ")
  let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
  print("  One of ours, innermost call first: \(calls)")
  fflush(nil)
  system("llvm-symbolizer --pretty-print --obj='\(program)' \(calls) | swift demangle --simplified")
}
