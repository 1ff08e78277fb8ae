//! What a PHP project needs beside the language as published: Composer, and the extensions that it or one of its packages asks for.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::Found;
use crate::catalog;
use crate::detect::{Evidence, Note};
use crate::repo::{Repo, join};

/// Packages that want an extension, for projects whose lock file does not say so.
const OF_PACKAGES: &[(&str, &[&str])] = &[
    ("cakephp/cakephp", &["intl"]),
    ("codeigniter4/framework", &["intl"]),
    ("craftcms/cms", &["bcmath", "gd", "intl", "zip"]),
    ("drupal/core", &["gd"]),
    ("drupal/core-recommended", &["gd"]),
    ("filament/filament", &["intl"]),
    ("hyperf/framework", &["pcntl", "swoole"]),
    ("johnpbloch/wordpress", &["mysqli"]),
    ("laravel/horizon", &["pcntl"]),
    ("laravel/octane", &["pcntl"]),
    ("magento/product-community-edition", &["bcmath", "gd", "intl", "soap", "sockets", "xsl", "zip"]),
    ("php-amqplib/php-amqplib", &["sockets"]),
    ("phpoffice/phpspreadsheet", &["gd", "zip"]),
    ("roots/wordpress", &["mysqli"]),
    ("shopware/core", &["gd", "intl", "zip"]),
    ("sylius/sylius", &["exif", "gd", "intl"]),
];

/// Composer, and every extension that has to be there for `composer install` to succeed.
pub(super) fn of_composer(repo: &Repo, folder: &str, json: &Value, mut found: Found) -> Found {
    found.app.toolchain.add("composer");
    let mut wanted = BTreeSet::new();
    wants(json, &mut wanted);
    let lock = join(folder, "composer.lock").and_then(|path| repo.json(&path));
    let locked = |list: &str| lock.as_ref().and_then(|lock| lock.get(list)?.as_array().cloned()).unwrap_or_default();
    for package in locked("packages").iter().chain(&locked("packages-dev")) {
        wants_of_package(package.get("name").and_then(Value::as_str).unwrap_or_default(), &mut wanted);
        required(package, "require", &mut wanted);
    }
    let Some(entry) = catalog::runtime("php") else { return found };
    let built_in = entry.extensions.map_or(&[] as &[&str], |all| all.built_in);
    let (known, unknown): (Vec<&String>, Vec<&String>) =
        wanted.iter().filter(|word| !built_in.contains(&word.as_str())).partition(|word| entry.has_extra(word));
    known.into_iter().for_each(|word| found.app.toolchain.add(word));
    if let Some(path) = join(folder, "composer.json") {
        found.notes.extend(unknown.into_iter().map(|word| Note {
            text: format!(
                "the extension `{word}` of PHP is wanted, and it is not known how to get it: `build:` a Dockerfile"
            ),
            evidence: vec![Evidence::file(&path)],
        }));
    }
    found
}

/// What a manifest of Composer asks for, tools of development included.
fn wants(json: &Value, wanted: &mut BTreeSet<String>) {
    for section in ["require", "require-dev"] {
        required(json, section, wanted);
        let packages = json.get(section).and_then(Value::as_object).into_iter().flatten();
        packages.for_each(|(package, _)| wants_of_package(package, wanted));
    }
}

fn wants_of_package(package: &str, wanted: &mut BTreeSet<String>) {
    let known = OF_PACKAGES.iter().filter(|(name, _)| *name == package);
    wanted.extend(known.flat_map(|(_, words)| words.iter().map(|word| (*word).to_owned())));
}

fn required(json: &Value, section: &str, wanted: &mut BTreeSet<String>) {
    let keys = json.get(section).and_then(Value::as_object).into_iter().flatten().map(|(key, _)| key);
    let words = keys.filter_map(|key| key.strip_prefix("ext-")).map(str::to_lowercase);
    // The one whose own name has two words in it.
    let named = words.map(|word| if word == "zend-opcache" { "opcache".to_owned() } else { word });
    wanted.extend(named.filter(|word| word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')));
}
