//! The colours, by what they stand for. Pure.

/// Whether text may carry colours where it goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Paint {
    #[default]
    Plain,
    Coloured,
}

/// Colours that tell names apart; red and green are left to failure and success.
const NAMES: [&str; 6] = ["36", "35", "33", "34", "96", "95"];

impl Paint {
    pub fn failure(self, text: &str) -> String {
        self.wrap("1;31", text)
    }

    pub fn success(self, text: &str) -> String {
        self.wrap("32", text)
    }

    pub fn warning(self, text: &str) -> String {
        self.wrap("1;33", text)
    }

    /// `why:`, `fix:`, `hint:` and the like.
    pub fn label(self, text: &str) -> String {
        self.wrap("36", text)
    }

    pub fn strong(self, text: &str) -> String {
        self.wrap("1", text)
    }

    pub fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }

    /// A service's or app's name: always the same colour for the same place in the list.
    pub fn name(self, index: usize, text: &str) -> String {
        self.wrap(NAMES[index % NAMES.len()], text)
    }

    fn wrap(self, code: &str, text: &str) -> String {
        match self {
            Self::Coloured if !text.is_empty() => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            _ => text.to_owned(),
        }
    }
}
