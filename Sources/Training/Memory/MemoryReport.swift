import Foundation
import Network

/// What a rank's memory is for, in tables, for people.
struct MemoryReport {
  /// Buffers of a pass that are shown at its peak.
  private static let shownHolders = 12

  let estimate: MemoryEstimate
  /// Of the rank, with at least one sample.
  let passes: [ExecutionPlan]

  var text: String { [total, arena, holders].joined(separator: "\n\n") }

  private var total: String {
    var rows = estimate.parts.filter { $0.bytes > 0 }.map { [$0.label, megabytes($0.bytes)] }
    rows.append(["predicted peak", megabytes(estimate.peakBytes)])
    return "Memory of a rank\n" + TextTable(rows, rightAligned: [1]).text
  }

  private var arena: String {
    let rows = passes.map { pass in
      [
        "\(pass.mode == .training ? "training" : "evaluation"), batch \(pass.batch)", megabytes(pass.bytes),
        "\(megabytes(pass.peak.bytes)) in use at \(pass.whatHappens(at: pass.peak.step))",
      ]
    }
    return "Activations and their gradients; all passes use the same memory\n" + TextTable(rows, rightAligned: [1]).text
  }

  /// Who holds what at the peak of the pass that needs the most.
  private var holders: String {
    guard let pass = passes.max(by: { $0.bytes < $1.bytes }) else { return "" }
    let peak = pass.peak
    var rows = [["buffer", "type", "images", "bytes"]]
    for index in peak.holders.prefix(Self.shownHolders) {
      let buffer = pass.buffers[index]
      rows.append([buffer.label, "\(buffer.type)", "\(buffer.samples)", megabytes(buffer.interval.bytes)])
    }
    let rest = peak.holders.dropFirst(Self.shownHolders)
    if !rest.isEmpty {
      rows.append([
        "\(rest.count) more", "", "", megabytes(rest.reduce(0) { $0 + pass.buffers[$1].interval.bytes }),
      ])
    }
    return "Who holds it at \(pass.whatHappens(at: peak.step)), batch \(pass.batch)\n"
      + TextTable(rows, rightAligned: [2, 3]).text
  }
}

func megabytes(_ bytes: Int) -> String { String(format: "%.1f MB", Double(bytes) / 1e6) }
