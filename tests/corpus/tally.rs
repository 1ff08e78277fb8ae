//! Adds verdicts up: by language and by field, and every miss in a line.

use std::collections::BTreeMap;
use std::fmt;

use crate::judge::Verdict;

#[derive(Default)]
pub struct Tally {
    /// Hits and judged, by language and field.
    cells: BTreeMap<(String, &'static str), (usize, usize)>,
    misses: Vec<String>,
}

const FIELDS: &[&str] =
    &["language", "manager", "version", "install", "run", "port", "layout", "must", "should", "precision"];

impl Tally {
    pub fn add(&mut self, id: &str, language: &str, verdicts: Vec<Verdict>) {
        for verdict in verdicts {
            let cell = self.cells.entry((language.to_owned(), verdict.field)).or_default();
            cell.0 += verdict.hits;
            cell.1 += verdict.judged;
            if verdict.hits < verdict.judged {
                self.misses.push(format!("{id:26} {:9} {}", verdict.field, verdict.story));
            }
        }
    }

    fn sum(&self, field: &str) -> (usize, usize) {
        let cells = self.cells.iter().filter(|((_, own), _)| *own == field);
        cells.fold((0, 0), |sum, (_, cell)| (sum.0 + cell.0, sum.1 + cell.1))
    }

    pub fn percent(&self, field: &str) -> f64 {
        let (hits, judged) = self.sum(field);
        if judged == 0 { 100.0 } else { hits as f64 * 100.0 / judged as f64 }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut languages: Vec<&String> = self.cells.keys().map(|(language, _)| language).collect();
        languages.dedup();
        write!(out, "| {:12} ", "")?;
        FIELDS.iter().try_for_each(|field| write!(out, "| {field:9} "))?;
        writeln!(out, "|\n|{}", "---|".repeat(FIELDS.len() + 1))?;
        let show = |cell: Option<(usize, usize)>| match cell {
            Some((hits, judged)) if judged > 0 => format!("{hits}/{judged}"),
            _ => String::new(),
        };
        for language in languages {
            write!(out, "| {language:12} ")?;
            for field in FIELDS {
                write!(out, "| {:9} ", show(self.cells.get(&(language.clone(), *field)).copied()))?;
            }
            writeln!(out, "|")?;
        }
        write!(out, "| {:12} ", "all")?;
        FIELDS.iter().try_for_each(|field| write!(out, "| {:9} ", show(Some(self.sum(field)))))?;
        write!(out, "|\n| {:12} ", "%")?;
        FIELDS.iter().try_for_each(|field| write!(out, "| {:<9.1} ", self.percent(field)))?;
        writeln!(out, "|\n")?;
        self.misses.iter().try_for_each(|miss| writeln!(out, "{miss}"))
    }
}
