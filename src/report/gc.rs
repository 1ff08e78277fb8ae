//! What `devenv gc` found. Pure.

use serde::Serialize;

use super::status::Look;
use crate::ui::text::{cut, one_line, pad, width};
use crate::words;

/// Something that can go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GcRow {
    /// `environment`, `data`, `leftover`, `download`, `build`, `saved`, `caches` or `generation`.
    pub kind: &'static str,
    /// The project, or what it is.
    pub name: String,
    /// The folder of the checkout, where it is about one.
    pub checkout: Option<String>,
    pub what: String,
    pub because: String,
    /// Bytes; `None` = not known.
    pub size: Option<u64>,
}

/// The table, each line with its end, and the sum below.
pub fn render_gc(rows: &[GcRow], look: Look) -> String {
    let size = |row: &GcRow| row.size.map_or("?".to_owned(), words::bytes);
    let widest = rows.iter().map(|row| width(&size(row))).max().unwrap_or(0);
    let room = look.width.map_or(usize::MAX, usize::from);
    let mut text = String::new();
    for row in rows {
        let place = row.checkout.as_ref().map(|path| format!(" ({path})")).unwrap_or_default();
        let line = format!("{}  {}{place}: {}", pad(&size(row), widest), row.name, row.what);
        text += &format!("{}\n", cut(&one_line(&line), room));
        let because = format!("{}  {}", pad("", widest), row.because);
        text += &format!("{}\n", look.paint.dim(&cut(&one_line(&because), room)));
    }
    let sum: u64 = rows.iter().filter_map(|row| row.size).sum();
    let unknown = rows.iter().any(|row| row.size.is_none());
    text + &match (sum, unknown) {
        (0, true) => "the engine has not told yet how much that is in all\n".to_owned(),
        (sum, true) => format!("{} and more in all\n", words::bytes(sum)),
        (sum, false) => format!("{} in all\n", words::bytes(sum)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn every_item_says_what_it_takes_and_why_it_can_go() {
        let row = |name: &str, what: &str, because: &str, size| GcRow {
            kind: "environment",
            name: name.to_owned(),
            checkout: (name == "shop").then(|| "/tmp/pr-12".to_owned()),
            what: what.to_owned(),
            because: because.to_owned(),
            size,
        };
        let rows = [
            row("shop", "data of db and 2 services and apps", "its folder was deleted", Some(48_000_000)),
            row("unused downloads", "redis:7", "nothing here is made from it", None),
        ];
        expect![[r#"
            48 MB  shop (/tmp/pr-12): data of db and 2 services and apps
                   its folder was deleted
            ?      unused downloads: redis:7
                   nothing here is made from it
            48 MB and more in all
        "#]]
        .assert_eq(&render_gc(&rows, Look::default()));
        let unknown = render_gc(&rows[1..], Look::default());
        assert!(!unknown.contains("0 B"), "{unknown}");
    }
}
