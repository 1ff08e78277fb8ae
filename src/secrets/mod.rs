//! Where the values of declared secrets come from, in one order; `.env` files; hiding values in what is shown. Pure.

pub mod dotenv;
pub mod redact;

use serde::Serialize;

/// Where a value may come from. The first that has one wins:
///
/// 1. the environment variable of that name
/// 2. `dev.local.yaml`
/// 3. `.env` at the root of the repo
/// 4. what `devenv secret set` or an earlier question has stored for this repo
/// 5. the command in `from`
/// 6. the generator in `generate`
/// 7. `default`
/// 8. the person, whose answer is stored
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    Variable,
    OwnFile,
    EnvFile,
    Store,
    Command,
    Generator,
    Default,
    Person,
}

impl Origin {
    /// In the order in which they are asked.
    pub const ALL: [Self; 8] = [
        Self::Variable,
        Self::OwnFile,
        Self::EnvFile,
        Self::Store,
        Self::Command,
        Self::Generator,
        Self::Default,
        Self::Person,
    ];

    /// For the person who asks where a value comes from.
    pub fn words(self) -> &'static str {
        match self {
            Self::Variable => "the environment",
            Self::OwnFile => "dev.local.yaml",
            Self::EnvFile => ".env",
            Self::Store => "the secret store",
            Self::Command => "its command",
            Self::Generator => "its generator",
            Self::Default => "its default",
            Self::Person => "asking you",
        }
    }
}
