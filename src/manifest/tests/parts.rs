//! Each key with values it does not take.
