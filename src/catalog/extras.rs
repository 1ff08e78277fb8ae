//! What the publisher of a toolchain leaves out and many repos need: build tools, extensions of the language, packages of the
//! system. As data, and as the recipe by which such a toolchain is made on this computer, once for all that want the same.

use super::{RuntimeEntry, major, runtimes};

/// Something that may stand behind `with:` of a toolchain.
#[derive(Debug, Clone, Copy)]
pub struct Extra {
    /// What the manifest says: `composer`.
    pub id: &'static str,
    pub way: Way,
}

/// How it gets in. `{version}` in an image is the first number of the toolchain's version.
#[derive(Debug, Clone, Copy)]
pub enum Way {
    /// Another image of the same toolchain brings it along.
    Instead(&'static str),
    Added(Added),
}

#[derive(Debug, Clone, Copy)]
pub struct Added {
    /// Images that something is taken from, and what the lines call them.
    pub from: &'static [(&'static str, &'static str)],
    /// Packages of the system, each called as the command that it brings.
    pub packages: &'static [&'static str],
    pub lines: &'static [&'static str],
}

/// Extensions of a language that are installed all at once.
#[derive(Debug, Clone, Copy)]
pub struct Extensions {
    pub installer: Added,
    /// The command that installs those whose names follow it.
    pub install: &'static str,
    pub known: &'static [&'static str],
    /// Those that the publisher has put in already.
    pub built_in: &'static [&'static str],
}

/// What a toolchain with more in it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// An image as published.
    Published(String),
    /// Lines of a Dockerfile that needs no other file.
    Recipe(String),
}

impl RuntimeEntry {
    /// Whether `with:` may name it.
    pub fn has_extra(&self, word: &str) -> bool {
        self.extra(word).is_some() || self.extensions.is_some_and(|all| all.known.contains(&word) || all.has(word))
    }

    /// Every word that `with:` may name, apart from what is in it anyway.
    pub fn extra_words(&self) -> impl Iterator<Item = &'static str> {
        let known = self.extensions.map_or(&[] as &[&str], |all| all.known);
        self.extras.iter().map(|extra| extra.id).chain(known.iter().copied())
    }

    fn extra(&self, word: &str) -> Option<&'static Extra> {
        self.extras.iter().find(|extra| extra.id == word)
    }

    /// Of some words of `with:` those that only another image brings; there is room for one.
    pub fn instead<'a>(&self, with: &'a [String]) -> Vec<&'a str> {
        let is_instead = |word: &&String| matches!(self.extra(word), Some(Extra { way: Way::Instead(_), .. }));
        with.iter().filter(is_instead).map(String::as_str).collect()
    }
}

impl Extensions {
    fn has(&self, word: &str) -> bool {
        self.built_in.contains(&word)
    }
}

/// What is asked for beside the toolchain itself.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The image that it would be without any of it.
    pub image: &'a str,
    pub version: &'a str,
    pub with: &'a [String],
    pub packages: &'a [String],
}

/// The files of a build know no variables of the person's own; the order of words changes nothing.
pub fn origin(entry: &RuntimeEntry, wanted: Wanted) -> Origin {
    let fill = |text: &str| text.replace("{version}", major(wanted.version));
    let mut image = wanted.image.to_owned();
    let (mut from, mut packages, mut lines) = (Vec::new(), wanted.packages.to_vec(), Vec::new());
    let mut add = |added: &Added| {
        from.extend(added.from.iter().map(|(name, image)| (*name, fill(image))));
        packages.extend(added.packages.iter().map(|it| (*it).to_owned()));
        lines.extend(added.lines.iter().map(|it| (*it).to_owned()));
    };
    let mut extensions: Vec<&str> = Vec::new();
    for word in wanted.with {
        match entry.extra(word).map(|extra| extra.way) {
            Some(Way::Instead(other)) => image = fill(other),
            Some(Way::Added(added)) => add(&added),
            None => extensions.push(word),
        }
    }
    if let Some(all) = entry.extensions {
        extensions.retain(|word| !all.has(word));
        extensions.sort_unstable();
        extensions.dedup();
        if !extensions.is_empty() {
            add(&all.installer);
            lines.push(format!("RUN {} {}", all.install, extensions.join(" ")));
        }
    }
    packages.sort_unstable();
    packages.dedup();
    if packages.is_empty() && lines.is_empty() {
        return Origin::Published(image);
    }
    let mut recipe: Vec<String> = from.iter().map(|(name, image)| format!("FROM {image} AS {name}")).collect();
    recipe.push(format!("FROM {image}"));
    // Some toolchains are published for a user without rights; who runs what is in it is decided later.
    recipe.push("USER root".to_owned());
    if !packages.is_empty() {
        recipe.push(install(&packages.join(" ")));
    }
    recipe.extend(lines);
    Origin::Recipe(recipe.join("\n") + "\n")
}

/// Installs packages by the manager that the system has, one line whatever it is.
fn install(packages: &str) -> String {
    format!(
        "RUN if command -v apk >/dev/null; then apk add --no-cache {packages}; \
         else apt-get update -q && apt-get install -q -y --no-install-recommends {packages} && rm -rf /var/lib/apt/lists/*; fi"
    )
}

/// The toolchain of which an image is a version, if it is one of the catalog's; its name may be written in short.
pub fn runtime_of_image(repository: &str) -> Option<&'static RuntimeEntry> {
    let shorter =
        |name: &'static str| name.strip_prefix("docker.io/library/").or_else(|| name.strip_prefix("docker.io/"));
    runtimes::ALL.iter().copied().find(|entry| entry.image == repository || shorter(entry.image) == Some(repository))
}

const NOTHING: Added = Added { from: &[], packages: &[], lines: &[] };

/// For assets of a page that another language serves.
const NODE: Extra = Extra {
    id: "node",
    way: Way::Added(Added {
        from: &[("node", "docker.io/library/node:24")],
        lines: &[
            "COPY --from=node /usr/local/bin/node /usr/local/bin/node",
            "COPY --from=node /usr/local/lib/node_modules /usr/local/lib/node_modules",
            "RUN cd /usr/local/bin && ln -sf ../lib/node_modules/npm/bin/npm-cli.js npm && ln -sf ../lib/node_modules/npm/bin/npx-cli.js npx \
             && ln -sf ../lib/node_modules/corepack/dist/corepack.js corepack",
        ],
        ..NOTHING
    }),
};

pub(super) const BESIDE_NODE: &[Extra] = &[NODE];

pub(super) const PHP: &[Extra] = &[
    Extra {
        id: "composer",
        way: Way::Added(Added {
            from: &[("composer", "docker.io/library/composer:2")],
            // It unpacks what it downloads by the one, and fetches what is in no archive by the other.
            packages: &["git", "unzip"],
            lines: &["COPY --from=composer /usr/bin/composer /usr/local/bin/composer"],
        }),
    },
    NODE,
];

pub(super) const JAVA: &[Extra] = &[
    Extra { id: "maven", way: Way::Instead("docker.io/library/maven:3-eclipse-temurin-{version}") },
    Extra { id: "gradle", way: Way::Instead("docker.io/library/gradle:8-jdk{version}") },
    Extra { id: "leiningen", way: Way::Instead("docker.io/library/clojure:temurin-{version}-lein") },
    Extra { id: "clojure-cli", way: Way::Instead("docker.io/library/clojure:temurin-{version}-tools-deps") },
    Extra {
        id: "sbt",
        way: Way::Added(Added {
            packages: &["curl"],
            lines: &[
                "RUN curl -fsSL https://github.com/sbt/sbt/releases/download/v1.11.7/sbt-1.11.7.tgz | tar -xz -C /opt && ln -s /opt/sbt/bin/sbt /usr/local/bin/sbt",
            ],
            ..NOTHING
        }),
    },
    Extra {
        id: "mill",
        way: Way::Added(Added {
            packages: &["curl"],
            lines: &[
                "RUN curl -fsSL -o /usr/local/bin/mill https://repo1.maven.org/maven2/com/lihaoyi/mill-dist/1.0.6/mill-dist-1.0.6-mill.sh && chmod +x /usr/local/bin/mill",
            ],
            ..NOTHING
        }),
    },
    NODE,
];

/// The usual installer knows what each of them is built from, in every version of PHP and of the system below.
pub(super) static PHP_EXTENSIONS: Extensions = Extensions {
    installer: Added {
        from: &[("installer", "docker.io/mlocati/php-extension-installer:2")],
        lines: &["COPY --from=installer /usr/bin/install-php-extensions /usr/local/bin/install-php-extensions"],
        ..NOTHING
    },
    install: "install-php-extensions",
    known: &[
        "amqp",
        "apcu",
        "ast",
        "bcmath",
        "bz2",
        "calendar",
        "dba",
        "decimal",
        "ds",
        "enchant",
        "ev",
        "event",
        "exif",
        "ffi",
        "ftp",
        "gd",
        "gearman",
        "gettext",
        "gmp",
        "gnupg",
        "grpc",
        "igbinary",
        "imagick",
        "imap",
        "intl",
        "ldap",
        "mailparse",
        "maxminddb",
        "memcache",
        "memcached",
        "mongodb",
        "msgpack",
        "mysqli",
        "oauth",
        "oci8",
        "odbc",
        "opcache",
        "opentelemetry",
        "pcntl",
        "pcov",
        "pdo_dblib",
        "pdo_firebird",
        "pdo_mysql",
        "pdo_odbc",
        "pdo_pgsql",
        "pdo_sqlsrv",
        "pgsql",
        "protobuf",
        "pspell",
        "rdkafka",
        "redis",
        "relay",
        "shmop",
        "snmp",
        "soap",
        "sockets",
        "solr",
        "sqlsrv",
        "ssh2",
        "swoole",
        "sysvmsg",
        "sysvsem",
        "sysvshm",
        "tidy",
        "uuid",
        "uv",
        "vips",
        "xdebug",
        "xhprof",
        "xmlrpc",
        "xsl",
        "yaml",
        "zip",
        "zstd",
    ],
    built_in: &[
        "core",
        "ctype",
        "curl",
        "date",
        "dom",
        "fileinfo",
        "filter",
        "hash",
        "iconv",
        "json",
        "libxml",
        "mbstring",
        "mysqlnd",
        "openssl",
        "pcre",
        "pdo",
        "pdo_sqlite",
        "phar",
        "posix",
        "random",
        "readline",
        "reflection",
        "session",
        "simplexml",
        "sodium",
        "spl",
        "sqlite3",
        "standard",
        "tokenizer",
        "xml",
        "xmlreader",
        "xmlwriter",
        "zlib",
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    fn made(id: &str, version: &str, with: &[&str], packages: &[&str]) -> String {
        let entry = crate::catalog::runtime(id).unwrap();
        let words = |all: &[&str]| all.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        let image = format!("{}:{}", entry.image, entry.versions.tag(version));
        let (with, packages) = (words(with), words(packages));
        match origin(entry, Wanted { image: &image, version, with: &with, packages: &packages }) {
            Origin::Published(image) => image,
            Origin::Recipe(text) => text,
        }
    }

    #[test]
    fn another_image_of_the_same_toolchain_needs_no_recipe() {
        assert_eq!(made("java", "21", &["maven"], &[]), "docker.io/library/maven:3-eclipse-temurin-21");
        assert_eq!(made("java", "17-jdk-alpine", &["gradle"], &[]), "docker.io/library/gradle:8-jdk17");
        assert_eq!(made("php", "8.3", &["curl", "json"], &[]), "docker.io/library/php:8.3-cli");
    }

    #[test]
    fn a_recipe_says_the_same_whatever_the_order() {
        let one = made("php", "8.3", &["composer", "pdo_mysql", "intl", "ctype"], &["ffmpeg"]);
        assert_eq!(one, made("php", "8.3", &["composer", "intl", "intl", "pdo_mysql"], &["ffmpeg"]));
        let lines: Vec<&str> = one.lines().collect();
        assert_eq!(
            lines[..4],
            [
                "FROM docker.io/library/composer:2 AS composer",
                "FROM docker.io/mlocati/php-extension-installer:2 AS installer",
                "FROM docker.io/library/php:8.3-cli",
                "USER root",
            ]
        );
        assert!(lines[4].contains("apt-get install -q -y --no-install-recommends ffmpeg git unzip "), "{one}");
        assert_eq!(lines.last(), Some(&"RUN install-php-extensions intl pdo_mysql"));
    }

    #[test]
    fn the_words_are_those_of_the_table() {
        let php = crate::catalog::runtime("php").unwrap();
        assert!(php.has_extra("composer") && php.has_extra("intl") && php.has_extra("mbstring"));
        assert!(!php.has_extra("maven") && !crate::catalog::runtime("go").unwrap().has_extra("intl"));
        assert!(php.extra_words().all(|word| php.has_extra(word)));
        let of = |words: &[&str]| words.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        let java = crate::catalog::runtime("java").unwrap();
        assert_eq!(java.instead(&of(&["maven", "node", "gradle"])), ["maven", "gradle"]);
    }
}
