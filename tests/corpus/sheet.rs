//! The sheet of expectations: a table with tabs, one repo a row.

use std::collections::BTreeMap;

pub struct Row(BTreeMap<String, String>);

impl Row {
    /// A cell; `-` where there is nothing to judge.
    pub fn of(&self, column: &str) -> &str {
        self.0.get(column).map_or("-", String::as_str)
    }

    /// Parts of a cell that are all needed, each with its alternatives.
    pub fn parts(&self, column: &str) -> Vec<Vec<String>> {
        parts(self.of(column))
    }

    /// Names in a cell.
    pub fn names(&self, column: &str) -> Vec<String> {
        let words = self.of(column).split([',', ';']).map(|word| word.trim().to_owned());
        words.filter(|word| !word.is_empty() && word != "-").collect()
    }
}

pub fn parts(cell: &str) -> Vec<Vec<String>> {
    let alternatives = |part: &str| part.split(" ~ ").map(|it| it.trim().to_owned()).collect();
    cell.split(';').map(str::trim).filter(|part| !part.is_empty() && *part != "-").map(alternatives).collect()
}

pub fn read(text: &str) -> Vec<Row> {
    let mut lines = text.lines();
    let columns: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let cells = |line: &str| line.split('\t').map(str::to_owned).collect::<Vec<_>>();
    let row = |line: &str| Row(columns.iter().map(|it| (*it).to_owned()).zip(cells(line)).collect());
    lines.filter(|line| !line.trim().is_empty()).map(row).collect()
}
