import Training

/// The least that a configuration must say.
let minimalText = """
  { "model": { "name": "resnet18", "classes": 10 }, "data": { "train": "t", "validation": "v" }, "epochs": 3 }
  """

func configuration(_ text: String = minimalText, _ overrides: String...) throws(ConfigurationError) -> RunConfiguration
{
  try RunConfiguration(text: text, source: "config.json", overrides: overrides)
}

/// The problems of a configuration that has some, as a person sees them.
func problems(_ text: String = minimalText, _ overrides: [String] = []) -> [String] {
  do {
    _ = try RunConfiguration(text: text, source: "config.json", overrides: overrides)
    return []
  } catch {
    return error.problems.map(\.description)
  }
}

/// Every field with a value that is not its default.
let unusualText = """
  {
    "name": "odd", "output": "o", "seed": 7, "threads_per_rank": 3, "coordinator": "dedicated",
    "steps": 11, "precision": { "type": "bf16", "require_native": true }, "memory": { "recompute": "chains", "shortage": "warn" },
    "model": { "name": "resnet101", "classes": 12, "zero_init_residual": true, "batch_norm_momentum": 0.2,
      "batch_norm_epsilon": 0.001 },
    "data": { "format": "tar", "train": "a", "validation": "b", "image_size": 96, "synthetic_images": 17,
      "index": "i", "shuffle_window": 128, "workers": 4, "prefetch": 5,
      "crop_area": [0.25, 0.75], "crop_ratio": [0.5, 2], "flip": 0.125, "resize": 100, "mean": [0.1, 0.2, 0.3],
      "std": [0.4, 0.5, 0.6], "on_error": "substitute", "max_bad_fraction": 0.25, "timeout_seconds": 33,
      "on_warning": "accept", "exif_orientation": "apply", "scaled_decoding": true,
      "limits": { "pixels": 21, "file_bytes": 22, "scans": 23, "memory_bytes": 24, "seconds": 2.5 },
      "interpolation": "bicubic", "progressive": { "until_epoch": [2, 5], "image_size": [32, 48] } },
    "augmentation": { "policy": "rand_augment", "rand_augment_operations": 3, "rand_augment_magnitude": 15,
      "interpolation": "bilinear", "fill": [124, 116, 104], "color_jitter": [0.4, 0.3, 0.2, 0.1], "random_erasing": 0.25,
      "erasing_area": [0.05, 0.2], "erasing_ratio": [0.5, 2], "erasing_value": "noise", "cutout": 16, "mixup": 0.8,
      "cutmix": 1.5, "mix_probability": 0.75, "mix_switch": 0.375, "repeats": 3 },
    "batch": { "global": 48 },
    "optimizer": { "name": "sgd", "momentum": 0.8, "nesterov": true, "weight_decay": 0.01,
      "decay_norms_and_biases": true, "sharded": true },
    "averaging": { "decay": 0.875, "every_steps": 5, "start_epoch": 1 },
    "loss": { "label_smoothing": 0.15 },
    "schedule": { "base_rate": 0.3, "base_batch": 16, "warmup_epochs": 0.5, "warmup_start_rate": 0.05,
      "shape": "step", "milestones": [1.5, 2], "factor": 0.7, "power": 2, "final_rate": 0.002 },
    "sync_batch_norm": { "span": 2 },
    "collectives": { "algorithm": "ring", "wire": "bf16", "bucket_megabytes": 2.5, "timeout_seconds": 60,
      "table": { "hosts": "2 hosts of 2 ranks", "algorithms": ["ring", "two_level"], "up_to_bytes": [4096] } },
    "checkpoint": { "every_steps": 6, "every_epochs": 0, "keep": 9, "keep_every_epochs": 30, "most_failures": 5,
      "timeout_seconds": 700 },
    "evaluation": { "every_epochs": 4, "batch": 13, "crops": 5, "flip": true, "target_top1": 0.75 },
    "limits": { "wall_seconds": 3600, "slurm_end_time": false, "margin_seconds": 90 },
    "log": { "every_steps": 14, "every_seconds": 1.5, "progress": "plain" },
    "numbers": { "non_finite": "skip", "most_incidents": 4 }, "audit": { "every_steps": 15 }
  }
  """
