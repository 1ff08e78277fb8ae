//! Scripted services for tests.
