import Collectives
import Network

/// The one place where BatchNorm and the collectives meet.
extension StatisticsExchange: StatisticsReducer {}
