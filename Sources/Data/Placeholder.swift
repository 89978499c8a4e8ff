import CTurboJPEG
public func v() -> Int { tjInitDecompress() == nil ? 0 : 1 }
