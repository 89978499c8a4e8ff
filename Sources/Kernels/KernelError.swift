import COneDNN

/// A call to oneDNN that did not succeed: which one, on what, and the library's own word for the reason.
public struct KernelError: Error, CustomStringConvertible {
  public let call: String
  public let subject: String
  public let status: String

  package init(call: String, subject: String, status: String) {
    (self.call, self.subject, self.status) = (call, subject, status)
  }

  /// Whether the library has nothing that computes this here.
  public var isUnsupported: Bool { status == "unimplemented" }

  public var description: String {
    "oneDNN \(Engine.libraryVersion) could not prepare or run \(subject): \(call) returned \(status)" + advice
  }

  private var advice: String {
    switch status {
    case "unimplemented":
      "; it has no kernel for this on this processor: choose other sizes, or f32 instead of bf16"
    case "out_of_memory": "; use smaller batches, or fewer ranks on this machine"
    default: ""
    }
  }
}

/// Turns a oneDNN status into an error. Every call of the library goes through here.
func check(_ status: dnnl_status_t, _ call: String, _ subject: @autoclosure () -> String) throws {
  guard status != dnnl_success else { return }
  let text = dnnl_status2str(status).map { String(cString: $0) } ?? "status \(status.rawValue)"
  throw KernelError(call: call, subject: subject(), status: text)
}
