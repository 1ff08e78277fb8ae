//! Holds a manifest against itself and the catalog; all problems at once.
