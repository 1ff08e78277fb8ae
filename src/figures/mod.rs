//! What the tool itself recorded of how well it works, and the figures computed from that. Pure: lines of the journal come in as text,
//! the time as numbers; `docs/figures.md` says how each figure is computed.
//!
//! ```text
//! Event… ─Recorder─▶ Line ─(journal)─▶ Line… ─Tally─▶ Figures ─▶ terminal · JSON · CSV · page · picture · Prometheus
//! ```

mod answer;
mod blocked;
pub mod calendar;
pub mod chain;
pub mod chart;
mod csv;
pub mod exposition;
mod first_times;
mod line;
mod merge;
pub mod otlp;
mod page;
mod picture;
mod recorder;
pub mod repo_name;
mod seen;
mod series;
pub mod sign;
mod spread;
mod step_name;
mod tally;
mod text;
pub mod timeline;

pub use answer::{Figures, Named, RepoUse, Slow, UpsOfWeek};
pub use calendar::WorkingHours;
pub use csv::csv;
pub use line::{Line, Read, StepLine, UnitLine, VERSION, What, read};
pub use page::{page, page_of};
pub use picture::picture;
pub use recorder::Recorder;
pub use seen::Seen;
pub use spread::Spread;
pub use tally::{Range, Tally};
pub use text::{compared, shown};
