//! The smoke test's questions: an address that is asked, a port that is tried, and what an answer has to be.
//!
//! `judge` and `printed` decide and do nothing else; `http`, `https` and `tcp` ask and decide nothing. Commands and queries are run by who knows the
//! environment, in `commands/ci`.

mod http;
mod https;
pub mod judge;
pub mod printed;
mod tcp;

pub use http::get_within;
pub use tcp::knock;
