import CMPI
public func v() -> Int { Int(cmpi_initialized()) }
