//! Walks a plan; readiness is a pure state machine fed by protocol probes.

pub mod probe;
pub mod ready;
