//! `budget`: how long bringing everything up may take in CI.

use super::fields::{Decoder, Elsewhere, Field, Shape};
use crate::manifest::{At, Budget};

pub const BUDGET: Shape = Shape {
    keys: &["cold", "warm", "noop", "apps"],
    elsewhere: &[
        ("no-op", Elsewhere::Key("noop")),
        ("again", Elsewhere::Key("noop")),
        ("first", Elsewhere::Key("cold")),
        ("services", Elsewhere::Key("apps")),
    ],
};

impl Decoder<'_, '_> {
    pub fn budget(&mut self, field: &Field) -> Budget {
        const EXAMPLE: &str = "budget: { cold: 3m, warm: 20s, noop: 1s }";
        let Some(fields) = self.fields(field, "`budget`".to_owned(), &BUDGET, EXAMPLE) else {
            return Budget::default();
        };
        let mut time = |key: &str| {
            let field = fields.get(key)?;
            Some(At::new(self.duration(&field)?, field.node.span))
        };
        let (cold, warm, noop) = (time("cold"), time("warm"), time("noop"));
        let mut apps = Vec::new();
        if let Some(field) = fields.get("apps") {
            let entries = self.entries(&field, "a mapping of names to times", "apps: { api: 20s }").unwrap_or(&[]);
            for entry in entries {
                let name = self.name(&entry.key, "name");
                let value = Field {
                    subject: format!("the budget of `{}`", name.value),
                    key: entry.key.span,
                    node: &entry.value,
                };
                apps.extend(self.duration(&value).map(|time| (name, time)));
            }
        }
        Budget { cold, warm, noop, apps }
    }
}
