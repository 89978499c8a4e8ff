public enum ReferenceKernelsPlaceholder {}
