//! The documents say what is true: every example is read, every command exists, every link leads somewhere, and the
//! catalog's page is the catalog.
#![expect(clippy::disallowed_methods, reason = "reads the documents and runs the binary under test")]
#![expect(clippy::unwrap_used, reason = "a test that cannot read its documents has failed")]

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use devenv::catalog::{self, ServiceEntry};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn read(name: &str) -> String {
    std::fs::read_to_string(Path::new(ROOT).join(name)).unwrap()
}

/// The fenced blocks of a document in one language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut current: Option<String> = None;
    for line in text.lines() {
        match (&mut current, line.strip_prefix("```")) {
            (None, Some(found)) if found == language => current = Some(String::new()),
            (Some(_), Some(_)) => blocks.extend(current.take()),
            (Some(block), None) => {
                block.push_str(line);
                block.push('\n');
            }
            _ => {}
        }
    }
    blocks
}

#[test]
fn every_manifest_in_the_readme_is_right() {
    let manifests = blocks(&read("README.md"), "yaml");
    assert!(manifests.len() >= 4, "the examples have moved");
    for text in manifests {
        if let Err(problems) = devenv::manifest::load("README.md", text.as_bytes()) {
            panic!("{text}\n{problems:#?}");
        }
    }
}

#[test]
fn every_command_in_the_readme_exists() {
    let readme = read("README.md");
    let table =
        readme.lines().filter_map(|line| line.strip_prefix("| `devenv ")).map(|rest| rest.split([' ', '`']).next());
    let console = blocks(&readme, "console").concat();
    let typed = console.lines().filter_map(|line| line.strip_prefix("$ devenv ")).map(|rest| rest.split(' ').next());
    let mut commands: Vec<&str> = table.chain(typed).flatten().collect();
    commands.sort_unstable();
    commands.dedup();
    assert!(commands.len() >= 8, "{commands:?}");
    for command in commands {
        let output = Command::new(env!("CARGO_BIN_EXE_devenv")).args([command, "--help"]).output().unwrap();
        assert!(output.status.success(), "devenv {command}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("Example"), "{command} shows no example");
    }
}

#[test]
fn every_link_leads_somewhere() {
    for document in ["README.md", "src/README.md"] {
        let text = read(document);
        let folder = Path::new(ROOT).join(document).parent().unwrap().to_owned();
        for (_, rest) in text.match_indices("](").map(|(at, _)| text.split_at(at + 2)) {
            let target = rest.split(')').next().unwrap();
            assert!(target.starts_with("http") || folder.join(target).exists(), "{document}: {target}");
        }
    }
}

#[test]
fn the_map_names_every_room() {
    let map = read("src/README.md");
    for entry in std::fs::read_dir(Path::new(ROOT).join("src")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let told = map.contains(&format!("`{name}/`")) || map.contains(&format!("`{name}`"));
        assert!(told || ["README.md", "lib.rs", "main.rs"].contains(&name.as_str()), "{name}");
    }
}

#[test]
fn the_catalogs_page_is_the_catalog() {
    expect_test::expect_file!["../../docs/catalog.md"].assert_eq(&catalog_page());
}

fn catalog_page() -> String {
    let mut page = String::from(
        "# The catalog\n\nMade from `src/catalog/` by the tests; `UPDATE_EXPECT=1 cargo test --test docs` writes it anew.\n\n\
         A version may be more exact than those listed: `postgres@16.4`, `node@24-slim`.\n\n## Services\n\n",
    );
    for entry in catalog::services::ALL {
        service(&mut page, entry);
    }
    page.push_str("## Toolchains\n\n| name | also | versions (the default in bold) |\n|---|---|---|\n");
    for entry in catalog::runtimes::ALL {
        let versions = versions(entry.versions.known, entry.versions.default);
        let _ = writeln!(page, "| `{}` | {} | {versions} |", entry.id, code(entry.aliases));
    }
    page.push_str("\nWhat their publishers leave out and `with` adds: `runtime: { use: php@8.4, with: [composer, intl] }`.\n\n| name | `with` |\n|---|---|\n");
    for entry in catalog::runtimes::ALL.iter().filter(|entry| entry.extra_words().next().is_some()) {
        let _ = writeln!(page, "| `{}` | {} |", entry.id, code(&entry.extra_words().collect::<Vec<_>>()));
    }
    page
}

fn service(page: &mut String, entry: &ServiceEntry) {
    let _ = writeln!(page, "### {} · `{}`\n", entry.title, entry.id);
    if !entry.aliases.is_empty() {
        let _ = writeln!(page, "- also {}", code(entry.aliases));
    }
    let _ = writeln!(page, "- versions {}", versions(entry.versions.known, entry.versions.default));
    let more: Vec<String> = entry.more_ports.iter().map(|(name, port)| format!("{port} ({name})")).collect();
    let ports = std::iter::once(entry.port.to_string()).chain(more).collect::<Vec<_>>().join(", ");
    let _ = writeln!(page, "- port {ports}");
    let attributes: Vec<String> = ["host", "port"]
        .into_iter()
        .chain(entry.attributes.iter().map(|(name, _)| *name))
        .map(|name| format!("`.{name}`"))
        .collect();
    let _ = writeln!(page, "- offers {}", attributes.join(" "));
    let upgrade = match entry.upgrade {
        catalog::Upgrade::DumpAndLoad if entry.id == "postgres" => {
            "a new major version does not read the old data: `devenv up` asks, and brings it over ([how](data.md))"
        }
        catalog::Upgrade::DumpAndLoad => {
            "a new major version does not read the old data: dump it with the old one, load it into the new one"
        }
        catalog::Upgrade::InPlace => "a new major version converts the data at its first start; there is no way back",
        catalog::Upgrade::OneMajorAtATime => "one major version at a time; there is no way back",
        catalog::Upgrade::Free => "free",
    };
    let _ = writeln!(page, "- upgrade: {upgrade}\n");
}

fn versions(known: &[&str], default: &str) -> String {
    let shown = |version: &&str| if *version == default { format!("**{version}**") } else { (*version).to_owned() };
    known.iter().map(shown).collect::<Vec<_>>().join(", ")
}

fn code(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

#[test]
fn the_problems_page_is_the_catalogue_of_problems() {
    expect_test::expect_file!["../../docs/problems.md"].assert_eq(&devenv::report::catalogue::document());
}
