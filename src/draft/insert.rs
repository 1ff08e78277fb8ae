//! Lines put into the text of a manifest: every other line stays as it is, with its margin, its comments and the end that it has.

use super::written::{Entry, Node, write};

/// A text in lines.
pub struct Lines {
    /// Each with its own end.
    lines: Vec<String>,
    /// The end of a new one: that of most.
    ending: &'static str,
}

/// Lines that belong together: the key's own, and the first behind the last of what is below it.
#[derive(Clone, Copy)]
struct Block {
    key: usize,
    end: usize,
}

impl Lines {
    pub fn of(text: &str) -> Self {
        let lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
        let of_windows = lines.iter().filter(|line| line.ends_with("\r\n")).count();
        Self { ending: if of_windows * 2 > lines.len() { "\r\n" } else { "\n" }, lines }
    }

    pub fn into_text(self) -> String {
        self.lines.concat()
    }

    /// Puts entries at the end of a section, which is made where there is none; `false` = it is written in one line.
    pub fn add_to_section(&mut self, section: &str, entries: &[Entry]) -> bool {
        let Some(block) = self.find(Block { key: 0, end: self.lines.len() }, 0, 0, section) else {
            while self.lines.last().is_some_and(|line| line.trim().is_empty()) {
                self.lines.pop();
            }
            let text = write(&Node::Map(vec![Entry::section(section, entries.to_vec())]));
            self.insert(self.lines.len(), "", &format!("\n{text}"));
            return true;
        };
        if !self.is_open(block) {
            return false;
        }
        let margin = self.margin_below(block).unwrap_or_else(|| "  ".to_owned());
        self.insert(block.end, &margin, &write(&Node::Map(entries.to_vec())));
        true
    }

    /// Puts variables into the `env` of an app, which is made where there is none; `false` = something of it is written in one line.
    pub fn add_variables(&mut self, app: &str, variables: &[Entry]) -> bool {
        let whole = Block { key: 0, end: self.lines.len() };
        let Some(apps) = self.find(whole, 0, 0, "apps").filter(|block| self.is_open(*block)) else { return false };
        let Some(margin) = self.margin_below(apps) else { return false };
        let app = self.find(apps, 1, margin.len(), app).filter(|block| self.is_open(*block));
        let Some((app, own)) = app.and_then(|app| Some((app, self.margin_below(app)?))) else { return false };
        let Some(env) = self.find(app, 1, own.len(), "env") else {
            let env = Entry::section("env", variables.to_vec());
            self.insert(app.end, &own, &write(&Node::Map(vec![env])));
            return true;
        };
        let inner = self.margin_below(env).unwrap_or_else(|| format!("{own}  "));
        let is_list = self.below(env).any(|line| line.trim_start().starts_with("- "));
        if !self.is_open(env) || is_list {
            return false;
        }
        self.insert(env.end, &inner, &write(&Node::Map(variables.to_vec())));
        true
    }

    /// A key at a margin, among the lines of a block from its `skip`th on.
    fn find(&self, within: Block, skip: usize, margin: usize, name: &str) -> Option<Block> {
        let is_key = |line: &str| {
            let (key, _) = line.split_once(':').unwrap_or_default();
            margin_of(line) == margin && key.trim().trim_matches(['\'', '"']) == name
        };
        let key = (within.key + skip..within.end).find(|at| is_key(&self.lines[*at]))?;
        let is_next = |line: &str| !is_beside(line) && margin_of(line) <= margin;
        let next = (key + 1..within.end).find(|at| is_next(&self.lines[*at])).unwrap_or(within.end);
        let is_inside = |line: &str| !line.trim().is_empty() && margin_of(line) > margin;
        let last = (key + 1..next).rev().find(|at| is_inside(&self.lines[*at])).unwrap_or(key);
        Some(Block { key, end: last + 1 })
    }

    /// Whether what belongs to a key stands below it, and not behind it.
    fn is_open(&self, block: Block) -> bool {
        let behind = self.lines[block.key].split_once(':').map_or("", |(_, behind)| behind.trim());
        behind.is_empty() || behind.starts_with('#')
    }

    fn below(&self, block: Block) -> impl Iterator<Item = &String> {
        self.lines[block.key + 1..block.end].iter().filter(|line| !is_beside(line))
    }

    /// The margin of what stands below a key.
    fn margin_below(&self, block: Block) -> Option<String> {
        self.below(block).next().map(|line| line[..margin_of(line)].to_owned())
    }

    fn insert(&mut self, at: usize, margin: &str, text: &str) {
        if let Some(last) = at.checked_sub(1).and_then(|before| self.lines.get_mut(before))
            && !last.ends_with('\n')
        {
            last.push_str(self.ending);
        }
        let line = |line: &str| {
            if line.is_empty() { self.ending.to_owned() } else { format!("{margin}{line}{}", self.ending) }
        };
        let new: Vec<String> = text.lines().map(line).collect();
        self.lines.splice(at..at, new);
    }
}

/// Blank, or only a comment: it belongs to nothing for sure.
fn is_beside(line: &str) -> bool {
    let own = line.trim();
    own.is_empty() || own.starts_with('#')
}

fn margin_of(line: &str) -> usize {
    line.len() - line.trim_start().len()
}
