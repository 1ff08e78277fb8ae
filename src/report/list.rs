//! The table of `devenv list`. Pure.

use serde::Serialize;

use super::status::Look;
use crate::ui::text::{cut, one_line, pad, width};
use crate::words;

/// An environment of this computer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListRow {
    pub id: String,
    pub name: String,
    /// The folder of the checkout; empty = not known.
    pub checkout: String,
    pub place: Place,
    /// Services and apps that run, of those that there are.
    pub running: usize,
    pub units: usize,
    /// Bytes of data; `None` = not counted yet.
    pub size: Option<u64>,
    /// Seconds since it was last brought up, within an hour; `None` = unknown.
    pub last_used_s: Option<u64>,
}

/// What is known of a checkout's folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    There,
    /// Deleted, or moved and not used since.
    Gone,
    /// It can't be looked at: its disk is not here right now, say.
    Away,
    /// Made by another user, from another computer, or before devenv's own folders were lost.
    Unknown,
}

const HEADS: [&str; 5] = ["name", "running", "data", "used", "where"];

/// The table, each line with its end.
pub fn render_list(rows: &[ListRow], look: Look) -> String {
    let cells: Vec<[String; 5]> = rows.iter().map(cells).collect();
    let widths: Vec<usize> = (0..HEADS.len())
        .map(|column| cells.iter().map(|row| width(&row[column])).max().unwrap_or(0).max(width(HEADS[column])))
        .collect();
    let room = look.width.map_or(usize::MAX, usize::from);
    let line = |cells: &[&str]| {
        let padded: String = cells.iter().zip(&widths).map(|(cell, width)| pad(cell, width + 2)).collect();
        cut(padded.trim_end(), room).into_owned()
    };
    let mut text = format!("{}\n", look.paint.dim(&line(&HEADS)));
    for (row, cells) in rows.iter().zip(&cells) {
        let line = line(&cells.each_ref().map(String::as_str));
        text += &if row.place == Place::There { line } else { look.paint.dim(&line) };
        text.push('\n');
    }
    text
}

fn cells(row: &ListRow) -> [String; 5] {
    let note = match row.place {
        Place::There => "",
        Place::Gone => " (gone)",
        Place::Away => " (can't be looked at)",
        Place::Unknown => " (not from here)",
    };
    [
        one_line(&row.name),
        if row.running == 0 { "-".to_owned() } else { format!("{} of {}", row.running, row.units) },
        row.size.map_or("?".to_owned(), |size| if size == 0 { "-".to_owned() } else { words::bytes(size) }),
        row.last_used_s.map_or("?".to_owned(), used),
        format!("{}{note}", one_line(&row.checkout)).trim().to_owned(),
    ]
}

/// As exact as it is known.
fn used(seconds: u64) -> String {
    match seconds {
        0..3600 => "just now".to_owned(),
        3600..172_800 => format!("{} h ago", seconds / 3600),
        _ => format!("{} d ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn every_environment_is_a_line() {
        let row = |name: &str, checkout: &str, place| ListRow {
            id: "0123456789ab".to_owned(),
            name: name.to_owned(),
            checkout: checkout.to_owned(),
            place,
            running: 3,
            units: 4,
            size: Some(48_200_000),
            last_used_s: Some(60),
        };
        let rows = [
            row("shop", "/home/ada/work/shop", Place::There),
            ListRow { running: 0, size: Some(0), last_used_s: Some(8000), ..row("shop", "/tmp/pr-12", Place::Gone) },
            ListRow { size: None, last_used_s: None, ..row("blog", "/srv/blog", Place::Unknown) },
            ListRow { last_used_s: Some(40 * 86_400), ..row("evil\x1b[31m", "", Place::There) },
        ];
        expect![[r#"
            name  running  data   used      where
            shop  3 of 4   48 MB  just now  /home/ada/work/shop
            shop  -        -      2 h ago   /tmp/pr-12 (gone)
            blog  3 of 4   ?      ?         /srv/blog (not from here)
            evil  3 of 4   48 MB  40 d ago
        "#]]
        .assert_eq(&render_list(&rows, Look::default()));
    }
}
