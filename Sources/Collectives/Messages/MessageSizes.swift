import Fabrics

/// How messages are cut.
package struct MessageSizes {
  /// With its header just below the 64 KiB that Open MPI's TCP sends without asking first. A larger message waits for an
  /// answer that queues behind the bytes of the other direction: measured at 1 Gbit/s between 2 and 4 hosts, pieces of 256
  /// KiB reach 0.65 to 0.89 of the link, these 0.95.
  package var pieceElements = 16_000
  /// Enough to keep a link busy from one look to the next.
  package var lanesInFlight = 16
  /// The most bytes of a broadcast's message.
  package var messageBytes = maximumMessageBytes
  /// How many ranks of a host send to other hosts; nil: as many as the smallest host has.
  package var ownersPerHost: Int?

  package init() {}
}
