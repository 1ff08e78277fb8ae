//! The toolchains of the catalog: the publisher's whole image, with everything it installs or downloads kept in the app's home
//! folder or the shared cache, so that it outlives the app and belongs to the developer.

use super::{RuntimeEntry, Versions, extras};

pub static ALL: &[&RuntimeEntry] = &[&NODE, &PYTHON, &GO, &RUST, &RUBY, &PHP, &JAVA, &DOTNET, &ELIXIR, &DENO, &BUN];

const PLAIN: RuntimeEntry = RuntimeEntry {
    id: "",
    title: "",
    aliases: &[],
    image: "",
    versions: Versions { known: &[], default: "", tag: "{version}", exact: &[] },
    env: &[],
    tool_env: &[],
    path: &[],
    prepare: "",
    extras: &[],
    extensions: None,
};

/// A toolchain that the catalog does not have: the repo and a home of its own are all that it is given.
pub static OTHER: RuntimeEntry = PLAIN;

static NODE: RuntimeEntry = RuntimeEntry {
    id: "node",
    title: "Node",
    aliases: &["nodejs"],
    image: "docker.io/library/node",
    versions: Versions { known: &["26", "25", "24", "22", "20", "18"], default: "24", tag: "{version}", exact: &[] },
    env: &[
        ("npm_config_cache", "{cache}/npm"),
        ("npm_config_prefix", "{home}/npm"),
        ("npm_config_update_notifier", "false"),
        ("YARN_CACHE_FOLDER", "{cache}/yarn"),
        ("COREPACK_HOME", "{cache}/corepack"),
        ("COREPACK_ENABLE_DOWNLOAD_PROMPT", "0"),
    ],
    // Without it pnpm puts its store into the repo, which is a file system of its own here; npm warns of a variable it does
    // not know.
    tool_env: &[("pnpm", "npm_config_store_dir", "{cache}/pnpm"), ("pnpm", "pnpm_config_store_dir", "{cache}/pnpm")],
    path: &["{home}/npm/bin"],
    ..PLAIN
};

static PYTHON: RuntimeEntry = RuntimeEntry {
    id: "python",
    title: "Python",
    aliases: &["py", "python3"],
    image: "docker.io/library/python",
    versions: Versions {
        known: &["3.14", "3.13", "3.12", "3.11", "3.10", "3.9", "3"],
        default: "3.13",
        tag: "{version}",
        exact: &[],
    },
    env: &[
        ("PYTHONUNBUFFERED", "1"),
        ("VIRTUAL_ENV", "{home}/venv-{version}"),
        ("UV_PROJECT_ENVIRONMENT", "{home}/venv-{version}"),
        ("PIP_CACHE_DIR", "{cache}/pip"),
        ("PIP_DISABLE_PIP_VERSION_CHECK", "1"),
        ("PIP_ROOT_USER_ACTION", "ignore"),
        ("UV_CACHE_DIR", "{cache}/uv"),
        ("UV_LINK_MODE", "copy"),
        ("POETRY_CACHE_DIR", "{cache}/poetry"),
        ("PIPENV_CACHE_DIR", "{cache}/pipenv"),
        ("PIPENV_VERBOSITY", "-1"),
    ],
    path: &["{home}/venv-{version}/bin", "{home}/.local/bin"],
    // Without a pip of its own the virtual environment is made in 0.1 s instead of 3; the image's pip serves it as well.
    prepare: concat!(
        r#"[ -x "$VIRTUAL_ENV/bin/pip3" ] || { python3 -m venv --without-pip --system-site-packages "$VIRTUAL_ENV""#,
        r#" && printf '#!/bin/sh\nexec "%s/bin/python" -m pip "$@"\n' "$VIRTUAL_ENV" > "$VIRTUAL_ENV/bin/pip""#,
        r#" && chmod +x "$VIRTUAL_ENV/bin/pip" && ln -s pip "$VIRTUAL_ENV/bin/pip3"; }"#
    ),
    extras: extras::BESIDE_NODE,
    ..PLAIN
};

static GO: RuntimeEntry = RuntimeEntry {
    id: "go",
    title: "Go",
    aliases: &["golang"],
    image: "docker.io/library/golang",
    versions: Versions { known: &["1"], default: "1", tag: "{version}", exact: &[] },
    env: &[
        ("GOPATH", "{home}/go"),
        ("GOMODCACHE", "{cache}/go/mod"),
        ("GOCACHE", "{cache}/go/build"),
        // A checkout whose repository lies elsewhere, as a worktree's does, would not build.
        ("GOFLAGS", "-buildvcs=false"),
    ],
    path: &["{home}/go/bin"],
    ..PLAIN
};

static RUST: RuntimeEntry = RuntimeEntry {
    id: "rust",
    title: "Rust",
    image: "docker.io/library/rust",
    versions: Versions { known: &["1"], default: "1", tag: "{version}", exact: &[] },
    env: &[("CARGO_HOME", "{cache}/cargo"), ("CARGO_INSTALL_ROOT", "{home}/cargo")],
    path: &["{home}/cargo/bin", "/usr/local/cargo/bin"],
    ..PLAIN
};

static RUBY: RuntimeEntry = RuntimeEntry {
    id: "ruby",
    title: "Ruby",
    image: "docker.io/library/ruby",
    versions: Versions { known: &["4", "3", "2"], default: "3", tag: "{version}", exact: &[] },
    env: &[
        ("GEM_HOME", "{home}/gems-{version}"),
        ("BUNDLE_APP_CONFIG", "{home}/gems-{version}"),
        ("BUNDLE_USER_CACHE", "{cache}/bundle"),
        ("BUNDLE_GLOBAL_GEM_CACHE", "true"),
        ("BUNDLE_SILENCE_ROOT_WARNING", "1"),
    ],
    path: &["{home}/gems-{version}/bin"],
    extras: extras::BESIDE_NODE,
    ..PLAIN
};

static PHP: RuntimeEntry = RuntimeEntry {
    id: "php",
    title: "PHP",
    image: "docker.io/library/php",
    versions: Versions { known: &["8", "7"], default: "8", tag: "{version}-cli", exact: &[] },
    env: &[("COMPOSER_HOME", "{home}/composer"), ("COMPOSER_CACHE_DIR", "{cache}/composer")],
    path: &["{home}/bin", "{home}/composer/vendor/bin"],
    // Without `with: [composer]` it has no package manager. Where that can't be fetched, only a step that calls for it fails.
    prepare: r#"command -v composer >/dev/null || { mkdir -p "$HOME/bin" && php -r 'exit(copy("https://getcomposer.org/download/latest-stable/composer.phar", $argv[1]) ? 0 : 1);' "$HOME/bin/composer.part" && chmod +x "$HOME/bin/composer.part" && mv "$HOME/bin/composer.part" "$HOME/bin/composer"; } || true"#,
    extras: extras::PHP,
    extensions: Some(&extras::PHP_EXTENSIONS),
    ..PLAIN
};

static JAVA: RuntimeEntry = RuntimeEntry {
    id: "java",
    title: "Java",
    aliases: &["jdk"],
    image: "docker.io/library/eclipse-temurin",
    versions: Versions { known: &["25", "21", "17", "11", "8"], default: "21", tag: "{version}-jdk", exact: &[] },
    env: &[
        // The JDK takes its home folder from the list of users, where the developer may not be.
        ("MAVEN_OPTS", "-Duser.home={home} -Dmaven.repo.local={cache}/maven"),
        ("MAVEN_USER_HOME", "{cache}/maven-wrapper"),
        ("GRADLE_OPTS", "-Duser.home={home}"),
        ("GRADLE_USER_HOME", "{cache}/gradle"),
        (
            "SBT_OPTS",
            "-Duser.home={home} -Dsbt.global.base={home}/.sbt -Dsbt.boot.directory={cache}/sbt -Dsbt.ivy.home={cache}/ivy",
        ),
        ("COURSIER_CACHE", "{cache}/coursier"),
    ],
    extras: extras::JAVA,
    ..PLAIN
};

static DOTNET: RuntimeEntry = RuntimeEntry {
    id: "dotnet",
    title: ".NET",
    aliases: &["csharp"],
    image: "mcr.microsoft.com/dotnet/sdk",
    versions: Versions {
        known: &["10", "9", "8"],
        default: "10",
        tag: "{version}",
        exact: &[("10", "10.0"), ("9", "9.0"), ("8", "8.0")],
    },
    env: &[
        ("NUGET_PACKAGES", "{cache}/nuget"),
        ("DOTNET_CLI_HOME", "{home}"),
        ("DOTNET_CLI_TELEMETRY_OPTOUT", "1"),
        ("DOTNET_NOLOGO", "1"),
    ],
    path: &["{home}/.dotnet/tools"],
    ..PLAIN
};

static ELIXIR: RuntimeEntry = RuntimeEntry {
    id: "elixir",
    title: "Elixir",
    image: "docker.io/library/elixir",
    versions: Versions { known: &["1"], default: "1", tag: "{version}", exact: &[] },
    env: &[("MIX_HOME", "{home}/mix-{version}"), ("HEX_HOME", "{cache}/hex")],
    path: &["{home}/mix-{version}/escripts"],
    // Where they can't be fetched, only a step that calls for them fails.
    prepare: "{ mix local.hex --force --if-missing && mix local.rebar --force --if-missing; } || true",
    extras: extras::BESIDE_NODE,
    ..PLAIN
};

static DENO: RuntimeEntry = RuntimeEntry {
    id: "deno",
    title: "Deno",
    image: "docker.io/denoland/deno",
    versions: Versions { known: &["2"], default: "2", tag: "{version}", exact: &[("2", "2.7.6")] },
    env: &[
        ("DENO_DIR", "{cache}/deno"),
        ("DENO_INSTALL_ROOT", "{home}/deno"),
        ("DENO_NO_UPDATE_CHECK", "1"),
        ("npm_config_cache", "{cache}/npm"),
    ],
    path: &["{home}/deno/bin"],
    ..PLAIN
};

static BUN: RuntimeEntry = RuntimeEntry {
    id: "bun",
    title: "Bun",
    image: "docker.io/oven/bun",
    versions: Versions { known: &["1"], default: "1", tag: "{version}", exact: &[] },
    env: &[("BUN_INSTALL", "{home}/bun"), ("BUN_INSTALL_CACHE_DIR", "{cache}/bun")],
    path: &["{home}/bun/bin"],
    ..PLAIN
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::names::Name;

    #[test]
    fn every_word_means_one_toolchain() {
        let mut words = BTreeSet::new();
        for entry in ALL {
            for word in entry.aliases.iter().chain([&entry.id]) {
                assert!(words.insert(*word), "{word} is there twice");
                assert!(Name::parse(word).is_ok(), "{word}");
            }
        }
    }

    #[test]
    fn toolchains_are_whole() {
        for entry in ALL {
            assert!(entry.versions.accepts(entry.versions.default), "{}", entry.id);
            assert!(!entry.title.is_empty() && entry.image.contains('/'), "{}", entry.id);
            let values = entry.env.iter().map(|(_, value)| *value);
            for text in
                values.chain(entry.tool_env.iter().map(|(_, _, value)| *value)).chain(entry.path.iter().copied())
            {
                for part in text.split('{').skip(1) {
                    let word = part.split('}').next().unwrap_or_default();
                    assert!(["home", "cache", "port", "version"].contains(&word), "{}: {text}", entry.id);
                }
            }
        }
    }

    #[test]
    fn variants_are_accepted_and_named_as_published() {
        let tag = |id: &str, version: &str| {
            let entry = crate::catalog::runtime(id).unwrap();
            assert!(entry.versions.accepts(version), "{id}@{version}");
            format!("{}:{}", entry.image, entry.versions.tag(version))
        };
        assert_eq!(tag("node", "24-slim"), "docker.io/library/node:24-slim");
        assert_eq!(tag("python", "3.13"), "docker.io/library/python:3.13");
        assert_eq!(tag("php", "8.3"), "docker.io/library/php:8.3-cli");
        assert_eq!(tag("php", "8.3-apache"), "docker.io/library/php:8.3-apache");
        assert_eq!(tag("java", "21"), "docker.io/library/eclipse-temurin:21-jdk");
        assert_eq!(tag("dotnet", "9"), "mcr.microsoft.com/dotnet/sdk:9.0");
    }
}
