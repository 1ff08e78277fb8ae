//! What `devenv lock` answers: each exact version, and what became of it.

use serde::Serialize;

use crate::lockfile::{Exact, LOCK};
use crate::model::resolve::Published;
use crate::ui::{Ui, text};
use crate::words;

/// How many digits of a hash a person compares.
const SHORT: usize = 12;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    New,
    Newer,
    Same,
    Gone,
}

#[derive(Serialize)]
pub struct Row<'a> {
    /// As dev.yaml leads to it, in full.
    name: String,
    /// The services and apps that are made from it.
    units: Vec<&'a str>,
    title: &'a str,
    change: Change,
    #[serde(flatten)]
    exact: Option<Exact>,
    /// What it was before.
    before: Option<String>,
}

#[derive(Serialize)]
struct Document<'a> {
    file: &'static str,
    written: bool,
    exact: &'a [Row<'a>],
}

impl<'a> Row<'a> {
    pub fn new(wanted: &'a Published, before: Option<&Exact>, exact: &Exact) -> Self {
        let change = match before {
            None => Change::New,
            Some(before) if before.is == exact.is => Change::Same,
            Some(_) => Change::Newer,
        };
        Self {
            name: wanted.image.to_string(),
            units: wanted.names.iter().map(|name| name.as_str()).collect(),
            title: &wanted.title,
            change,
            exact: Some(exact.clone()),
            before: before.filter(|_| change == Change::Newer).map(shown),
        }
    }

    pub fn gone(name: &'a str) -> Self {
        Self { name: name.to_owned(), units: Vec::new(), title: name, change: Change::Gone, exact: None, before: None }
    }

    fn words(&self) -> String {
        match (self.change, &self.before) {
            (Change::New, _) => "new".to_owned(),
            (Change::Newer, Some(before)) => format!("newer, it was {before}"),
            (Change::Newer, None) => "newer".to_owned(),
            (Change::Same, _) => String::new(),
            (Change::Gone, _) => "gone".to_owned(),
        }
    }
}

/// `17.5 (ab12cd34ef56)`.
fn shown(exact: &Exact) -> String {
    let hash = exact.is.rsplit(':').next().unwrap_or_default();
    let short = hash.get(..SHORT).unwrap_or(hash);
    exact.version.as_ref().map_or_else(|| short.to_owned(), |version| format!("{version} ({short})"))
}

pub fn tell(ui: &Ui, rows: &[Row], written: bool) {
    if ui.is_json() {
        ui.json(&Document { file: LOCK, written, exact: rows });
        return;
    }
    let cells: Vec<[String; 4]> = rows
        .iter()
        .map(|row| {
            [row.units.join(", "), row.title.to_owned(), row.exact.as_ref().map(shown).unwrap_or_default(), row.words()]
        })
        .collect();
    let width = |column: usize| cells.iter().map(|cells| text::width(&cells[column])).max().unwrap_or_default();
    let widths = [width(0), width(1), width(2)];
    for cells in &cells {
        let padded = cells.iter().zip(widths).map(|(cell, width)| text::pad(cell, width)).collect::<Vec<_>>();
        ui.answer(format!("{}  {}", padded.join("  "), cells[3]).trim_end());
    }
    ui.answer(&sentence(rows, written));
}

fn sentence(rows: &[Row], written: bool) -> String {
    let number = |change: Change| rows.iter().filter(|row| row.change == change).count();
    let all = rows.len() - number(Change::Gone);
    let changes = [(Change::New, "new"), (Change::Newer, "newer"), (Change::Gone, "gone")];
    let changes = changes.into_iter().map(|(change, word)| (number(change), word)).filter(|(number, _)| *number > 0);
    let changes: Vec<String> = changes.map(|(number, word)| format!("{number} {word}")).collect();
    match (all, changes.is_empty()) {
        (0, true) => "dev.yaml leads to nothing that others publish, so that there is nothing to write down".to_owned(),
        (_, true) if !written => format!("{LOCK} is as it should be: {}", words::count(all, "exact version")),
        (_, true) => format!("{LOCK}: {}", words::count(all, "exact version")),
        (_, false) => format!("{LOCK}: {}, {}", words::count(all, "exact version"), words::list(&changes)),
    }
}
