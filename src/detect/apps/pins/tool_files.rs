//! Files that exist to pin versions.

use super::{Pin, Tool, pin};
use crate::detect::apps::scan;
use crate::repo::{Repo, join, name_of};

/// A file that belongs to one toolchain.
pub(super) fn own_file(repo: &Repo, tool: &Tool, path: &str) -> Option<Pin> {
    let text = repo.text(path)?;
    match name_of(path) {
        "system.properties" => {
            let value = scan::after(&text, "java.runtime.version")?.trim_start_matches(['=', ':', ' ']).trim();
            Some(pin(repo, path, value, "java.runtime.version"))
        }
        ".sdkmanrc" => {
            let value = text.lines().find_map(|line| line.trim().strip_prefix("java="))?;
            Some(pin(repo, path, value.trim(), "java="))
        }
        "rust-toolchain.toml" => channel(repo, path),
        "rust-toolchain" if text.contains("[toolchain]") => channel(repo, path),
        _ => {
            let line = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'))?;
            let value = line.split_whitespace().next()?;
            let plain = value.trim_start_matches(tool.id).trim_start_matches('-').trim_start_matches('v');
            let known = plain.len() < 40 && !plain.is_empty();
            known.then(|| pin(repo, path, plain, line))
        }
    }
}

fn channel(repo: &Repo, path: &str) -> Option<Pin> {
    let table = repo.toml(path)?;
    let channel = table.get("toolchain")?.get("channel")?.as_str()?;
    Some(pin(repo, path, channel, "channel"))
}

const MISE: &[&str] =
    &["mise.toml", ".mise.toml", "mise/config.toml", ".config/mise.toml", ".config/mise/config.toml", ".rtx.toml"];

/// A file that pins several toolchains.
pub(super) fn shared(repo: &Repo, folder: &str, tool: &Tool) -> Option<Pin> {
    let asdf = join(folder, ".tool-versions").filter(|path| repo.has(path)).and_then(|path| {
        let text = repo.text(&path)?;
        let (line, value) = text.lines().find_map(|line| {
            let mut words = line.split_whitespace();
            let name = words.next()?;
            tool.names.contains(&name).then_some((line, words.next()?))
        })?;
        is_a_version(value).then(|| pin(repo, &path, value, line))
    });
    asdf.or_else(|| MISE.iter().find_map(|name| mise(repo, &join(folder, name)?, tool)))
}

fn mise(repo: &Repo, path: &str, tool: &Tool) -> Option<Pin> {
    if !repo.has(path) {
        return None;
    }
    let table = repo.toml(path)?;
    let tools = table.get("tools")?;
    let (name, value) = tool.names.iter().find_map(|name| {
        let value = tools.get(name).or_else(|| tools.get(format!("core:{name}")))?;
        let value = value.as_array().and_then(|all| all.first()).unwrap_or(value);
        let value = value.get("version").unwrap_or(value);
        Some((name, scan::scalar(value)?))
    })?;
    let needles = [format!("{name} ="), format!("{name}="), format!("{name}\" =")];
    let text = repo.text(path)?;
    let needle = needles.iter().find(|needle| text.contains(needle.as_str())).map_or("[tools]", String::as_str);
    is_a_version(&value).then(|| pin(repo, path, value, needle))
}

/// Not `latest`, `system`, `ref:main`, `path:/x`.
fn is_a_version(value: &str) -> bool {
    !value.contains(':') && !["system", "latest", "*"].contains(&value)
}
