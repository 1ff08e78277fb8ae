//! Text that is not YAML, not UTF-8, too large, or garbage.
