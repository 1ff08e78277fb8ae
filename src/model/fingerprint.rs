//! The hash that tells whether a unit as found is still the unit as wanted.
