import CVectorKernels
import Testing

/// Every instruction set that kernels are compiled for.
let instructionSets = [CVK_BASELINE, CVK_AVX2, CVK_AVX512]

/// The kernels for an instruction set. Ends the test with a note where this machine lacks it.
func kernels(for set: cvk_instruction_set) throws -> UnsafePointer<cvk_kernels> {
  try skipUnlessAvailable(set)
  return cvk_kernels_for(set)
}

/// Ends the test with a note where this machine lacks an instruction set.
func skipUnlessAvailable(_ set: cvk_instruction_set) throws {
  if !cvk_can_run(set) { try Test.cancel("this machine lacks instruction set \(set.rawValue)") }
}
