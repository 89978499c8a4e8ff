import COneDNN
public func v() -> Int { Int(dnnl_version()!.pointee.major) }
