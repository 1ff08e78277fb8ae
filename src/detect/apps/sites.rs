//! Sites without a program of their own: generators, and plain pages.

use super::ports;
use super::{Family, Found, Role, places};
use crate::detect::{Evidence, Fact, Toolchain};
use crate::repo::{Repo, folder_of, join, name_of};

struct Generator {
    name: &'static str,
    /// Its settings.
    files: &'static [&'static str],
    /// What such a file says beside its name; empty = the name is enough.
    sign: &'static str,
    /// A folder that lies beside it; empty = none is needed.
    folder: &'static str,
    image: &'static str,
    install: &'static str,
    run: &'static str,
    port: u16,
}

static GENERATORS: &[Generator] = &[
    Generator {
        name: "hugo",
        files: &["hugo.toml", "hugo.yaml", "hugo.yml", "hugo.json"],
        sign: "",
        folder: "",
        image: "docker.io/hugomods/hugo:latest",
        install: "",
        run: "hugo server",
        port: 1313,
    },
    Generator {
        name: "hugo",
        files: &["config.toml", "config.yaml", "config.yml"],
        sign: "baseURL",
        folder: "content",
        image: "docker.io/hugomods/hugo:latest",
        install: "",
        run: "hugo server",
        port: 1313,
    },
    Generator {
        name: "zola",
        files: &["config.toml", "zola.toml"],
        sign: "base_url",
        folder: "content",
        image: "ghcr.io/getzola/zola:v0.19.2",
        install: "",
        run: "zola serve",
        port: 1111,
    },
    Generator {
        name: "mkdocs",
        files: &["mkdocs.yml", "mkdocs.yaml"],
        sign: "site_name",
        folder: "",
        image: "python",
        install: "pip install mkdocs",
        run: "mkdocs serve",
        port: 8000,
    },
    Generator {
        name: "jekyll",
        files: &["_config.yml"],
        sign: "",
        folder: "",
        image: "ruby",
        install: "gem install jekyll webrick",
        run: "jekyll serve",
        port: 4000,
    },
    Generator {
        name: "mdbook",
        files: &["book.toml"],
        sign: "[book]",
        folder: "src",
        image: "docker.io/peaceiris/mdbook:latest",
        install: "",
        run: "mdbook serve",
        port: 3000,
    },
    Generator {
        name: "pelican",
        files: &["pelicanconf.py"],
        sign: "",
        folder: "content",
        image: "python",
        install: "pip install \"pelican[markdown]\"",
        run: "pelican --listen --autoreload",
        port: 8000,
    },
];

pub(super) fn look(repo: &Repo) -> Family {
    let found = generated(repo).or_else(|| plain(repo));
    Family { found: found.into_iter().collect(), workspaces: Vec::new() }
}

fn generated(repo: &Repo) -> Option<Found> {
    GENERATORS.iter().find_map(|generator| {
        let named = generator.files.iter().flat_map(|name| places::manifests(repo.named(name)));
        let path = named.into_iter().find(|path| {
            let says = generator.sign.is_empty() || repo.text(path).is_some_and(|text| text.contains(generator.sign));
            let beside = generator.folder.is_empty()
                || join(folder_of(path), generator.folder).is_some_and(|it| repo.has_folder(&it));
            says && beside && !(name_of(path) == "_config.yml" && repo.has("Gemfile"))
        })?;
        let evidence = Evidence::file(path);
        let toolchain = match generator.image {
            "python" | "ruby" => super::versions::toolchain(generator.image, None),
            image => Toolchain::tools(image),
        };
        let language = match generator.name {
            "mkdocs" | "pelican" => "python",
            "jekyll" => "ruby",
            _ => "markdown",
        };
        let mut found = Found::new(folder_of(path), Role::Client, Fact::new(language, evidence.clone()), toolchain);
        if !generator.install.is_empty() {
            found = found.step(generator.install, evidence.clone());
        }
        Some(
            found
                .framework(generator.name, evidence.clone())
                .run(generator.run, evidence.clone())
                .port(Some(ports::usual(generator.port))),
        )
    })
}

/// A page at the root, or in the folder that is published.
fn plain(repo: &Repo) -> Option<Found> {
    const FOLDERS: &[&str] = &["", "public", "site", "www", "src", "static", "docs"];
    let settings = "Staticfile";
    let text = repo.has(settings).then(|| repo.text(settings)).flatten();
    let said = text.as_ref().and_then(|text| super::scan::after(text, "root:")).map(|it| it.trim().trim_matches('"'));
    let said = said.and_then(|folder| join("", folder)).filter(|folder| repo.has_folder(folder));
    let page = |folder: &str| join(folder, "index.html").filter(|path| repo.has(path));
    let usual = || FOLDERS.iter().find_map(|folder| page(folder).map(|path| ((*folder).to_owned(), path)));
    let (folder, path) = match said {
        Some(folder) => (folder, settings.to_owned()),
        None if text.is_some() && page("").is_none() => (String::new(), settings.to_owned()),
        None => usual()?,
    };
    let evidence = Evidence::file(path);
    let found = Found::new(
        &folder,
        Role::Client,
        Fact::new("html", evidence.clone()),
        super::versions::toolchain("python", None),
    );
    Some(found.run("python -m http.server 8000", evidence.clone()).port(Some(ports::usual(8000))))
}
