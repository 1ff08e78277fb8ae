//! Which files decide whether a well-known setup command has to run again.
