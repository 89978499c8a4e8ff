import COneDNN

/// A primitive descriptor: oneDNN's choice of an implementation, before any code is generated.
final class PrimitiveDescriptor {
  let handle: dnnl_primitive_desc_t
  let subject: String

  /// - Parameters:
  ///   - addsToOutput: what the primitive computes is added to what its output holds.
  ///   - activation: applied to what it computes.
  ///   - create: calls the library's `..._primitive_desc_create` with the attributes it is given, which ask that scratch
  ///     memory comes from the caller.
  init(
    _ subject: String, call: String, addsToOutput: Bool = false, activation: Activation = .identity,
    create: (UnsafeMutablePointer<dnnl_primitive_desc_t?>, dnnl_primitive_attr_t?) -> dnnl_status_t
  ) throws {
    var attributes: dnnl_primitive_attr_t?
    try check(dnnl_primitive_attr_create(&attributes), "dnnl_primitive_attr_create", subject)
    defer { dnnl_primitive_attr_destroy(attributes) }
    try check(
      dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user),
      "dnnl_primitive_attr_set_scratchpad_mode", subject)
    if addsToOutput || activation != .identity {
      try PrimitiveDescriptor.append(sum: addsToOutput, activation, to: attributes, subject)
    }
    var handle: dnnl_primitive_desc_t?
    try check(create(&handle, attributes), call, subject)
    self.handle = handle!
    self.subject = subject
  }

  private static func append(
    sum: Bool, _ activation: Activation, to attributes: dnnl_primitive_attr_t?, _ subject: String
  ) throws {
    var operations: dnnl_post_ops_t?
    try check(dnnl_post_ops_create(&operations), "dnnl_post_ops_create", subject)
    defer { dnnl_post_ops_destroy(operations) }
    if sum {
      try check(
        dnnl_post_ops_append_sum(operations, 1, 0, dnnl_data_type_undef), "dnnl_post_ops_append_sum", subject)
    }
    if activation == .relu {
      try check(
        dnnl_post_ops_append_eltwise(operations, dnnl_eltwise_relu, 0, 0), "dnnl_post_ops_append_eltwise", subject)
    }
    try check(dnnl_primitive_attr_set_post_ops(attributes, operations), "dnnl_primitive_attr_set_post_ops", subject)
  }

  deinit { dnnl_primitive_desc_destroy(handle) }

  func memory(_ query: dnnl_query_t) throws -> MemoryDescriptor {
    guard let chosen = dnnl_primitive_desc_query_md(handle, query, 0) else {
      throw KernelError(call: "dnnl_primitive_desc_query_md", subject: subject, status: "nothing")
    }
    return try MemoryDescriptor(copying: chosen, of: subject)
  }

  /// Bytes of scratchpad or workspace; 0 where the primitive has none.
  func bytes(_ query: dnnl_query_t) -> Int {
    dnnl_primitive_desc_query_md(handle, query, 0).map { Int(dnnl_memory_desc_get_size($0)) } ?? 0
  }

  /// The name of the implementation, as oneDNN's verbose mode prints it.
  var implementation: String {
    var name: UnsafePointer<CChar>?
    guard dnnl_primitive_desc_query(handle, dnnl_query_impl_info_str, 0, &name) == dnnl_success, let name else {
      return "unknown"
    }
    return String(cString: name)
  }
}

/// A primitive ready to run, with a memory object per argument whose address is set at each call.
final class Primitive {
  /// One argument of a primitive: oneDNN's `DNNL_ARG_...` number and what memory it takes.
  typealias Argument = (number: Int32, memory: MemoryDescriptor)

  private let engine: Engine
  private let handle: dnnl_primitive_t
  private let memories: [dnnl_memory_t]
  private let arguments: [dnnl_exec_arg_t]
  /// Those whose addresses the caller gives: two to four.
  private let ownArguments: Int
  private let usesScratchpad: Bool
  private let subject: String

  /// - Parameter arguments: in the order in which `run` takes their addresses.
  init(_ descriptor: PrimitiveDescriptor, on engine: Engine, arguments: [Argument]) throws {
    let scratchpadBytes = descriptor.bytes(dnnl_query_scratchpad_md)
    engine.reserve(scratchpad: scratchpadBytes)
    usesScratchpad = scratchpadBytes > 0
    precondition((2...4).contains(arguments.count), "\(descriptor.subject) has \(arguments.count) arguments")
    ownArguments = arguments.count
    var all = arguments
    if usesScratchpad {
      all.append((DNNL_ARG_SCRATCHPAD, try descriptor.memory(dnnl_query_scratchpad_md)))
    }
    let subject = descriptor.subject
    var handle: dnnl_primitive_t?
    try check(dnnl_primitive_create(&handle, descriptor.handle), "dnnl_primitive_create", subject)
    memories = try all.map { argument in
      var memory: dnnl_memory_t?
      try check(
        dnnl_memory_create(&memory, argument.memory.handle, engine.engine, nil), "dnnl_memory_create", subject)
      return memory!
    }
    self.arguments = zip(all, memories).map { dnnl_exec_arg_t(arg: $0.number, memory: $1) }
    self.handle = handle!
    self.engine = engine
    self.subject = subject
  }

  deinit {
    for memory in memories { dnnl_memory_destroy(memory) }
    dnnl_primitive_destroy(handle)
  }

  /// Runs on these addresses, one per argument given to `init`, and waits for the end.
  func run(
    _ first: UnsafeMutableRawPointer?, _ second: UnsafeMutableRawPointer?, _ third: UnsafeMutableRawPointer? = nil,
    _ fourth: UnsafeMutableRawPointer? = nil
  ) throws {
    try setAddress(first, of: 0)
    try setAddress(second, of: 1)
    if ownArguments > 2 { try setAddress(third, of: 2) }
    if ownArguments > 3 { try setAddress(fourth, of: 3) }
    if usesScratchpad { try setAddress(engine.scratchpad, of: ownArguments) }
    try check(
      dnnl_primitive_execute(handle, engine.stream, Int32(arguments.count), arguments), "dnnl_primitive_execute",
      subject)
    try check(dnnl_stream_wait(engine.stream), "dnnl_stream_wait", subject)
  }

  private func setAddress(_ address: UnsafeMutableRawPointer?, of index: Int) throws {
    try check(dnnl_memory_set_data_handle(memories[index], address), "dnnl_memory_set_data_handle", subject)
  }
}

/// Copies a tensor from one layout and element type into another.
final class Reorder {
  private let primitive: Primitive

  /// - Parameter addsToOutput: adds to the destination instead of overwriting it.
  init(
    from source: MemoryDescriptor, to destination: MemoryDescriptor, _ subject: String, addsToOutput: Bool = false,
    on engine: Engine
  ) throws {
    let descriptor = try PrimitiveDescriptor(
      subject, call: "dnnl_reorder_primitive_desc_create", addsToOutput: addsToOutput
    ) {
      dnnl_reorder_primitive_desc_create($0, source.handle, engine.engine, destination.handle, engine.engine, $1)
    }
    primitive = try Primitive(
      descriptor, on: engine, arguments: [(DNNL_ARG_FROM, source), (DNNL_ARG_TO, destination)])
  }

  func run(from source: UnsafeMutableRawPointer, to destination: UnsafeMutableRawPointer?) throws {
    try primitive.run(source, destination)
  }
}
