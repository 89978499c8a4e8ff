import Glibc

/// Starts a thread that nobody waits for. Foundation's way to start threads hides that the system gave none, and whoever
/// waits for such a thread's work waits for ever; so all threads of the house start here or in `startJoinableThread`.
///
/// - Parameters:
///   - purpose: completes "no thread could be started for".
///   - stackBytes: nil: the system's default.
public func startThread(
  for purpose: String, stackBytes: Int? = nil, _ body: @escaping @Sendable () -> Void
) throws(SystemLimitReached) {
  _ = pthread_detach(try startJoinableThread(for: purpose, stackBytes: stackBytes, body))
}

/// Starts a thread that has to be given to `pthread_join`.
public func startJoinableThread(
  for purpose: String, stackBytes: Int? = nil, _ body: @escaping @Sendable () -> Void
) throws(SystemLimitReached) -> pthread_t {
  var attributes = pthread_attr_t()
  pthread_attr_init(&attributes)
  defer { pthread_attr_destroy(&attributes) }
  if let stackBytes {
    precondition(pthread_attr_setstacksize(&attributes, stackBytes) == 0, "a stack of \(stackBytes)")
  }
  var thread = pthread_t()
  let handedOver = Unmanaged.passRetained(ThreadBody(body))
  let code = pthread_create(
    &thread, &attributes,
    { pointer in
      guard let pointer else { return nil }
      Unmanaged<ThreadBody>.fromOpaque(pointer).takeRetainedValue().run()
      return nil
    }, handedOver.toOpaque())
  guard code == 0 else {
    handedOver.release()
    throw .thread(purpose, call: "pthread_create", code: code)
  }
  return thread
}

/// Runs `body(0)` to `body(count - 1)` at once, the first on the calling thread, and waits for all of them. Throws, once
/// those that were started have ended, where the system gives fewer threads; `giveUp` is called first, to end them sooner.
public func runOnThreads(
  _ count: Int, for purpose: String, giveUp: () -> Void = {}, _ body: @Sendable (Int) -> Void
) throws(SystemLimitReached) {
  guard count > 0 else { return }
  var threads: [pthread_t] = []
  var failure: SystemLimitReached?
  withoutActuallyEscaping(body) { body in
    for index in 1..<max(1, count) {
      do throws(SystemLimitReached) {
        threads.append(try startJoinableThread(for: purpose) { body(index) })
      } catch {
        failure = error
        giveUp()
        break
      }
    }
    if failure == nil { body(0) }
    for thread in threads { pthread_join(thread, nil) }
  }
  if let failure { throw failure }
}

/// Threads that only show that the system gives so many: what starts its own, and cannot say so, can do it afterwards.
/// They end with `end`, so that the ranks of a host can hold theirs at the same time.
public final class ThreadRehearsal {
  private var threads: [pthread_t] = []
  private let semaphore: UnsafeMutablePointer<sem_t>

  /// Throws where there are fewer than `count`, and then holds none.
  public init(_ count: Int, for purpose: String) throws(SystemLimitReached) {
    semaphore = .allocate(capacity: 1)
    sem_init(semaphore, 0, 0)
    nonisolated(unsafe) let gate = semaphore
    for _ in 0..<max(0, count) {
      do throws(SystemLimitReached) {
        threads.append(try startJoinableThread(for: purpose) { while sem_wait(gate) != 0 {} })
      } catch {
        end()
        throw error
      }
    }
  }

  public func end() {
    for _ in threads { sem_post(semaphore) }
    for thread in threads { pthread_join(thread, nil) }
    threads = []
  }

  deinit {
    end()
    sem_destroy(semaphore)
    semaphore.deallocate()
  }
}

private final class ThreadBody {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}
