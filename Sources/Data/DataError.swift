import Platform

/// What can be wrong with a data set. Every case carries the path as people read it (`visibleText`); the text is complete
/// for whoever reads it alone.
public enum DataError: Error, Hashable, CustomStringConvertible {
  case missingFolder(path: String)
  /// `found` completes "it is", where it is known.
  case notAFolder(path: String, found: String? = nil)
  /// Something that is called like an image, and must not be opened.
  case notAFile(path: String, found: String)
  /// A folder or file that exists and cannot be read; `reason` is the system's.
  case unreadable(path: String, reason: String)
  case noClassFolders(path: String, looseImages: Int)
  case noImages(path: String, classFolders: Int)
  case emptyClass(path: String, ignoredFiles: Int)
  case unknownClass(path: String, knownClasses: Int, resembling: NameLikeness? = nil)
  case foldersTooDeep(path: String, limit: Int)
  case unsupportedFormat(path: String, format: String)
  case notAnImage(path: String, found: String)
  /// A JPEG of a kind that the decoder does not know; `kind` completes "a JPEG".
  case unsupportedJPEG(path: String, kind: String)
  /// Truncated or damaged data; `reason` is the decoding library's message.
  case corruptImage(path: String, reason: String)
  case limitExceeded(path: String, found: String, limit: String, kind: DecodingLimits.Kind)
  case decoderUnavailable(reason: String)
  /// Nothing could be read for so long.
  case stalled(path: String, seconds: Double)
  /// This one could not be read in time, whatever others did.
  case notReadInTime(path: String, seconds: Double)
  /// A file that could not be opened because too many are open.
  case tooManyOpenFiles(path: String, limit: OpenFileLimit)
  /// A file that holds many samples, or says something about them.
  case badFile(FileFault)
  /// Nothing is wrong with the data: the system gives no more threads, files or memory.
  case limit(SystemLimitReached)

  /// Whether nothing is wrong with the data: the process or its host has reached a limit. No other sample may stand in
  /// then, since it is not the sample that is bad.
  package var isAboutTheHost: Bool {
    switch self {
    case .tooManyOpenFiles, .decoderUnavailable, .limit: true
    default: false
    }
  }
}
