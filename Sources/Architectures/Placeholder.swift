public enum ArchitecturesPlaceholder {}
