//! Whether a person's own file fits to the team's.

use super::{Checker, Unit};
use crate::manifest::{OWN_FILE, Origin, Span};
use crate::problem::{Problem, kinds};
use crate::words;

impl Unit<'_> {
    /// That the other file says what it is, which who reads only this one does not see.
    pub(super) fn made_elsewhere(self, from: Span) -> Option<String> {
        let span = match self {
            Unit::Service(service) => service.source.span,
            Unit::App(app) => app.source.span,
        };
        (span.origin == Origin::Own && from.origin == Origin::Team)
            .then(|| format!("{} says what it is", span.seen_from(from)))
    }
}

impl Checker<'_, '_, '_> {
    /// That a name is not there because a person's own file takes it away.
    pub(super) fn taken_away(&self, name: &str, from: Span) -> Option<String> {
        let taken = self.unclear.taken.iter().find(|taken| taken.value == name)?;
        Some(format!("{} takes it away", taken.span.seen_from(from)))
    }

    /// A value for a secret that nobody declares would never be used.
    pub(super) fn own_values(&mut self) {
        let manifest = self.manifest;
        for (name, _) in &manifest.own.values {
            if self.secrets.contains(name.value.as_str()) || self.unclear.may_have(&name.value) {
                continue;
            }
            let known = manifest.secrets.iter().map(|secret| secret.name.value.as_str());
            self.findings.add(name.span, || {
                let what = format!("{OWN_FILE} has a value for the secret `{}`, which is not declared", name.value);
                let problem = Problem::new(&kinds::MANIFEST_UNDECLARED_SECRET, what);
                match words::nearest(&name.value, known.take(500)) {
                    Some(meant) => problem.meant(meant),
                    None => {
                        problem.fix(format!("declare it in dev.yaml:\n\nsecrets:\n  {}: where to get it", name.value))
                    }
                }
            });
        }
    }
}
