//! The dependency graph: what has to be ready before what, and cycles in it.
