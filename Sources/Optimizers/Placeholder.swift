public enum OptimizersPlaceholder {}
