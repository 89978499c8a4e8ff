import Platform

extension DataError {
  /// Names are visible text by themselves; what libraries say about a file may still hold bytes of it, and no byte of a file
  /// may command a terminal.
  public var description: String { terminalText(sentence, hasLines: false) }

  private var sentence: String {
    switch self {
    case .missingFolder(let path):
      "\(path): no such folder. Expected a data set with one folder per class; check the path, which is relative to "
        + "the working directory of the run, and that every host sees it."
        + (path.contains("\u{FFFD}")
          ? " Bytes that are no UTF-8 are written as \\xHH, in lower case, as in caf\\xe9." : "")
    case .notAFolder(let path, let found):
      "\(path): not a folder\(found.map { " but \($0)" } ?? ""). Expected a data set with one folder per class."
    case .notAFile(let path, let found):
      "\(path): it is \(found), and is called like an image. Remove it, or put the image there."
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
    case .unknownClass(let path, let knownClasses, let likeness):
      "\(path): a class that the training set does not have (it has \(knownClasses)). "
        + (likeness.map {
          "It has \"\($0.known)\": \($0.difference). \($0.advice(BytePath(visible: path).folder.text))"
        }
          ?? "Class folders of validation must be named as in training: rename or remove this one, or add it to the training set.")
    case .foldersTooDeep(let path, let limit):
      "\(path): more than \(limit) folders deep in a class. Look for a symbolic link that leads back to its parent."
    case .unsupportedFormat(let path, let format):
      "\(path): \(article(format)) file, and only JPEG and PNG are read. Convert it to JPEG or PNG"
        + " (\(conversion(of: format))), or remove it."
    case .notAnImage(let path, let found):
      "\(path): neither JPEG nor PNG: it holds \(found). Convert it\(conversion(of: found, in: " (", ")")), or remove it."
    case .unsupportedJPEG(let path, let kind):
      "\(path): a JPEG \(kind), which the decoder does not read. Convert it to an ordinary JPEG of 8 bits, or to PNG "
        + "(\(conversion(of: kind))), or remove it."
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
    case .notReadInTime(let path, let seconds):
      "\(path): reading it has taken more than \(seconds) s. Look whether its file system still answers; if it is only "
        + "slow, raise data.timeout_seconds."
    case .tooManyOpenFiles(let path, let limit): "\(path): cannot be opened: \(limit)"
    case .badFile(let fault): fault.description
    case .limit(let limit): limit.description
    }
  }
}
