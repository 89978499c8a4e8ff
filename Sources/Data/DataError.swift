import Platform

/// What can be wrong with a data set. Every case carries the path; the text is complete for whoever reads it alone.
public enum DataError: Error, Hashable, CustomStringConvertible {
  case missingFolder(path: String)
  case notAFolder(path: String)
  /// A folder or file that exists and cannot be read; `reason` is the system's.
  case unreadable(path: String, reason: String)
  case noClassFolders(path: String, looseImages: Int)
  case noImages(path: String, classFolders: Int)
  case emptyClass(path: String, ignoredFiles: Int)
  case unknownClass(path: String, knownClasses: Int)
  case foldersTooDeep(path: String, limit: Int)
  case unsupportedFormat(path: String, format: String)
  case notAnImage(path: String, found: String)
  /// Truncated or damaged data; `reason` is the decoding library's message.
  case corruptImage(path: String, reason: String)
  case limitExceeded(path: String, found: String, limit: String, kind: DecodingLimits.Kind)
  case decoderUnavailable(reason: String)
  /// Nothing could be read for so long.
  case stalled(path: String, seconds: Double)
  /// A file that holds many samples, or says something about them.
  case badFile(FileFault)
  /// Nothing is wrong with the data: the system gives no more threads, files or memory.
  case limit(SystemLimitReached)

  public var description: String {
    switch self {
    case .missingFolder(let path):
      "\(path): no such folder. Expected a data set with one folder per class; check the path, which is relative to "
        + "the working directory of the run, and that every host sees it."
    case .notAFolder(let path):
      "\(path): not a folder. Expected a data set with one folder per class."
    case .unreadable(let path, let reason):
      "\(path): cannot be read: \(reason). Check its permissions and that every host sees it."
    case .noClassFolders(let path, let looseImages):
      "\(path): no class folders. Expected <class>/<image>.jpg (or .png) below it"
        + (looseImages > 0
          ? ", found \(looseImages) images directly in it: move them to one folder per class." : ".")
    case .noImages(let path, let classFolders):
      "\(path): no JPEG or PNG files in any of its \(classFolders) class folders. Expected <class>/<image>.jpg (or .png) below it."
    case .emptyClass(let path, let ignoredFiles):
      "\(path): a class without JPEG or PNG files"
        + (ignoredFiles > 0 ? " (\(ignoredFiles) other files ignored)" : "")
        + ". Add its images, or remove the folder."
    case .unknownClass(let path, let knownClasses):
      "\(path): a class that the training set does not have (it has \(knownClasses)). Class folders of validation must "
        + "be named as in training: rename or remove this one, or add it to the training set."
    case .foldersTooDeep(let path, let limit):
      "\(path): more than \(limit) folders deep in a class. Look for a symbolic link that leads back to its parent."
    case .unsupportedFormat(let path, let format):
      "\(path): a \(format) file, and only JPEG and PNG are read. Convert it to JPEG, or remove it."
    case .notAnImage(let path, let found):
      "\(path): neither JPEG nor PNG: it holds \(found). Convert it, or remove it."
    case .corruptImage(let path, let reason):
      "\(path): truncated or damaged image: \(reason). Copy or download the file again, or remove it."
    case .limitExceeded(let path, let found, let limit, let kind):
      "\(path): \(found), and the limit is \(limit) (data.limits.\(kind.rawValue)). Raise it if the file can be "
        + "trusted, make the image smaller, or remove it."
    case .decoderUnavailable(let reason):
      "the image decoder could not be started: \(reason)."
    case .stalled(let path, let seconds):
      "\(path): reading it has taken more than \(seconds) s, and no other image came meanwhile. Look whether its file system "
        + "still answers; if it is only slow, raise data.timeout_seconds."
    case .badFile(let fault): fault.description
    case .limit(let limit): limit.description
    }
  }
}
