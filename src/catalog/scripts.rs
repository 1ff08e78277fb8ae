//! Scripts of `package.json`, and the calls that run them.

use std::collections::BTreeMap;

use super::command_line::Word;

/// A script with what the call gives it.
pub(crate) struct Script {
    pub name: String,
    pub arguments: Vec<Word>,
    /// The runner keeps what stands before a `--` to itself.
    pub wants_dashes: bool,
}

/// The script of `package.json` that a call runs.
pub(crate) fn called(words: &[Word], scripts: &BTreeMap<String, String>) -> Option<Script> {
    let manager = words.first()?.text.as_str();
    let elsewhere =
        ["--prefix", "-w", "--workspace", "--workspaces", "-C", "--dir", "--cwd", "--filter", "-F", "-r", "workspace"];
    if !["npm", "pnpm", "yarn", "bun", "node"].contains(&manager)
        || words.iter().any(|word| elsewhere.contains(&word.text.as_str()))
    {
        return None;
    }
    let mut rest = words[1..].iter().skip_while(|word| word.text.starts_with('-') && word.text != "--run");
    let first = rest.next()?;
    let name = match (manager, first.text.as_str()) {
        (_, "run") | ("npm", "run-script") | ("node", "--run") => rest.find(|word| !word.text.starts_with('-'))?,
        ("node", _) => return None,
        ("npm", "start" | "test") => first,
        ("npm", _) => return None,
        _ => first,
    };
    let arguments: Vec<Word> = rest.cloned().collect();
    scripts.contains_key(&name.text).then(|| Script {
        name: name.text.clone(),
        wants_dashes: ["npm", "node"].contains(&manager) && !arguments.iter().any(|word| word.text == "--"),
        arguments,
    })
}

/// `yarn vite`, `bun run vite`, `pnpm --silent vite`: what is no script is a program.
pub(crate) fn without_runner(words: Vec<Word>) -> Vec<Word> {
    if !words.first().is_some_and(|word| ["pnpm", "yarn", "bun"].contains(&word.text.as_str())) {
        return words;
    }
    let skipped = words[1..].iter().take_while(|word| word.text == "run" || word.text.starts_with('-')).count();
    words[1 + skipped..].to_vec()
}
