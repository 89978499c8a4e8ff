import COneDNN

/// A call to oneDNN that did not succeed: which one, on what, and the library's own word for the reason.
public struct KernelError: Error, CustomStringConvertible {
  public let call: String
  public let subject: String
  public let status: String

  public var description: String {
    "oneDNN could not prepare or run \(subject): \(call) returned \(status)"
  }
}

/// Turns a oneDNN status into an error. Every call of the library goes through here.
func check(_ status: dnnl_status_t, _ call: String, _ subject: @autoclosure () -> String) throws {
  guard status != dnnl_success else { return }
  let text = dnnl_status2str(status).map { String(cString: $0) } ?? "status \(status.rawValue)"
  throw KernelError(call: call, subject: subject(), status: text)
}
