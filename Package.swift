// swift-tools-version: 6.2
import PackageDescription

let swift: [SwiftSetting] = [.treatAllWarnings(as: .error)]
let c: [CSetting] = [.treatAllWarnings(as: .error)]

/// A Swift module of the house. The floors, from the cellar up, are described in ARCHITECTURE.md;
/// a module may only name modules of lower floors here.
func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: swift)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil) -> Target {
  .testTarget(
    name: name, dependencies: dependencies + ["TestSupport"], resources: resources, swiftSettings: swift)
}

let package = Package(
  name: "dist-train",

  products: [.executable(name: "dist-train", targets: ["dist-train"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
  ],
  targets: [
    // Floor 0: C. System libraries as found by pkg-config, and thin shims.
    .systemLibrary(name: "COpenMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"])]),
    .target(name: "CMPI", dependencies: ["COpenMPI"], cSettings: c),
    .systemLibrary(name: "COneDNN", pkgConfig: "dnnl", providers: [.apt(["libdnnl-dev"])]),
    .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
    .systemLibrary(name: "CLibJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"])]),
    .target(name: "CJPEG", dependencies: ["CLibJPEG"], cSettings: c),
    .systemLibrary(name: "CLibPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .target(name: "CPNG", dependencies: ["CLibPNG"], cSettings: c),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "CVectorKernels", cSettings: c),
    .target(name: "CSharedMemory", cSettings: c),
    .target(name: "CFiles", cSettings: c),

    // Floor 1. The others of this floor may name Platform.
    module("Platform", ["CFiles"]),
    module("Tensors", ["Platform"]),
    module("JSON", ["Platform"]),

    // Floor 2
    module("Kernels", ["Platform", "Tensors", "COneDNN", "CVectorKernels"]),
    module("ReferenceKernels", ["Tensors"]),
    module("Fabrics", ["Platform", "CMPI", "CSharedMemory"]),

    // Floor 3
    module("Network", ["Tensors", "Kernels"]),
    module("Architectures", ["Tensors", "Network"]),
    module("Collectives", ["Platform", "Tensors", "Fabrics", "CSharedMemory", "CVectorKernels"]),
    module(
      "Data",
      [
        "Platform", "Tensors", "JSON", "CTurboJPEG", "CJPEG", "CPNG", "CZlib", "CVectorKernels",
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    module("Optimizers", ["Tensors", "CVectorKernels"]),
    module(
      "Checkpoints",
      ["Platform", "Tensors", "JSON", "CFiles", .product(name: "SystemPackage", package: "swift-system")]),

    // Floor 4
    module(
      "Training",
      [
        "Platform", "Tensors", "JSON", "Kernels", "Fabrics", "Network", "Architectures", "Collectives", "Data",
        "Optimizers", "Checkpoints", .product(name: "Logging", package: "swift-log"),
        .product(name: "SystemPackage", package: "swift-system"),
      ]),

    // Floor 5
    .executableTarget(
      name: "dist-train",
      dependencies: [
        "Platform", "Training", "JSON", "Fabrics", "Collectives", "Data", "Checkpoints",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: swift),

    // Tests
    .target(
      name: "TestSupport", dependencies: ["Tensors", "Fabrics", "Collectives", "Checkpoints"],
      path: "Tests/TestSupport", swiftSettings: swift),
    .executableTarget(
      name: "rank-exercises", dependencies: ["Collectives", "Fabrics", "TestSupport", "Training"],
      path: "Tests/RankExercises", swiftSettings: swift),
    // Brings its own malloc. Tests are linked into one program, so none depends on it.
    .executableTarget(
      name: "step-allocations", dependencies: ["CAllocations", "Collectives", "Fabrics", "Network", "Training"],
      path: "Tests/StepAllocations", swiftSettings: swift),
    .target(name: "CAllocations", path: "Tests/CAllocations", cSettings: c),
    tests("PlatformTests", ["Platform"]),
    tests("TensorsTests", ["Tensors"]),
    tests("JSONTests", ["JSON", "Tensors"]),
    tests("FabricsTests", ["Fabrics"]),
    tests("KernelsTests", ["Kernels", "COneDNN", "CVectorKernels", "ReferenceKernels", "Tensors"]),
    tests(
      "NetworkTests", ["Network", "Architectures", "Optimizers", "ReferenceKernels", "Tensors"],
      resources: [.copy("Fixtures")]),
    tests("CollectivesTests", ["Collectives", "Fabrics", "Tensors", "rank-exercises"]),
    tests("DataTests", ["Data", "Platform", "Tensors", "CTurboJPEG", "CZlib"], resources: [.copy("Fixtures")]),
    tests("OptimizersTests", ["Optimizers", "Tensors"], resources: [.copy("Fixtures")]),
    tests(
      "CheckpointsTests", ["Checkpoints", "Tensors", .product(name: "SystemPackage", package: "swift-system")],
      resources: [.copy("Fixtures")]),
    tests(
      "TrainingTests",
      [
        "Training", "Platform", "JSON", "Tensors", "Kernels", "Fabrics", "Network", "Collectives", "Data", "Optimizers",
        "Checkpoints",
        .product(name: "Logging", package: "swift-log"),
      ]),
    tests("JobTests", ["Data", "JSON", "Training", "dist-train"]),
  ]
)
