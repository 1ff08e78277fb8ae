//! Apps of a repo that find each other: an example's `API_URL=http://localhost:4000` where another app listens on 4000.

use super::Seen;
use crate::detect::{App, Evidence, Fact, Variable};
use crate::repo::name_of;

/// What the names of variables begin with that are handed to a page.
const FOR_PAGES: &[&str] = &[
    "VITE_",
    "NEXT_PUBLIC_",
    "REACT_APP_",
    "NUXT_PUBLIC_",
    "PUBLIC_",
    "EXPO_PUBLIC_",
    "GATSBY_",
    "VUE_APP_",
    "STORYBOOK_",
];

/// Parts of names that tell of an address for people, which is compared with or redirected to and never asked.
const FOR_PEOPLE: &[&str] = &[
    "ORIGIN", "CORS", "PUBLIC", "FRONTEND", "CLIENT", "REDIRECT", "CALLBACK", "SITE", "BROWSER", "EXTERNAL", "WEB_URL",
];

/// A variable of one app that holds the address of another.
pub struct Neighbour {
    app: usize,
    other: usize,
    key: String,
    /// Behind the port: `/api/v1`.
    path: String,
    evidence: Evidence,
}

/// The addresses of other apps among the variables of one; `page` = it runs in a browser, so that only what is made for that counts.
pub fn of(apps: &[App], app: usize, seen: &[&Seen], page: bool) -> Vec<Neighbour> {
    let found = |variable: &&&Seen| {
        let (port, path) = local(variable.value.as_deref()?)?;
        let mut others = apps.iter().enumerate().filter(|(_, it)| it.expected_at() == Some(port));
        let (other, _) = others.next().filter(|(other, _)| *other != app)?;
        let is_asked = !page || is_for_pages(&variable.key) || is_of_its_server(&variable.evidence.path);
        let is_meant = (variable.is_own || variable.is_read) && is_asked;
        // Of two at one port nobody knows which is meant.
        (is_meant && others.next().is_none()).then(|| Neighbour {
            app,
            other,
            key: variable.key.clone(),
            path: path.to_owned(),
            evidence: variable.evidence.clone(),
        })
    };
    seen.iter().filter_map(|variable| found(&variable)).collect()
}

/// Writes the addresses down as references, but for those that would have two apps wait for each other.
pub fn introduce(apps: &mut [App], neighbours: Vec<Neighbour>) {
    for one in neighbours {
        let name = &apps[one.other].name;
        let is_for_people = is_for_pages(&one.key) || FOR_PEOPLE.iter().any(|part| one.key.contains(part));
        let attribute = match is_for_people {
            true => "public_url",
            false if waits_for(apps, one.other, one.app) => continue,
            false => "url",
        };
        let value = format!("${{{name}.{attribute}}}{}", one.path);
        let env = &mut apps[one.app].env;
        if env.iter().all(|own| own.value.key != one.key) {
            env.push(Fact::new(Variable { key: one.key, value }, one.evidence));
        }
    }
}

/// Whether a file belongs to the server that a page comes from in development, which hands on what is asked of it.
fn is_of_its_server(path: &str) -> bool {
    let name = name_of(path);
    let is_config = ["vite.config.", "next.config.", "nuxt.config.", "vue.config.", "webpack.config.", "proxy.conf."];
    name.starts_with("setupProxy.") || is_config.iter().any(|start| name.starts_with(start))
}

fn is_for_pages(key: &str) -> bool {
    FOR_PAGES.iter().any(|prefix| key.starts_with(prefix))
}

/// The port and the path of an address of this computer.
fn local(value: &str) -> Option<(u16, &str)> {
    let rest = value.strip_prefix("http://").or_else(|| value.strip_prefix("https://"))?;
    let rest = ["localhost:", "127.0.0.1:", "0.0.0.0:"].iter().find_map(|host| rest.strip_prefix(host))?;
    let (port, path) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
    let is_path = path.is_empty() || (path.starts_with('/') && !path.contains([' ', ',', '$']));
    Some((port.parse().ok()?, path)).filter(|_| is_path)
}

/// Whether one app waits for another, or for one that does.
fn waits_for(apps: &[App], from: usize, to: usize) -> bool {
    let refers = |app: &App, other: &App| {
        let (begins, public) = (format!("${{{}.", other.name), format!("${{{}.public_url}}", other.name));
        app.needs.iter().any(|need| need.trim_end_matches('?') == other.name)
            || app.env.iter().any(|it| it.value.value.replace(&public, "").contains(&begins))
    };
    let (mut seen, mut open) = (vec![false; apps.len()], vec![from]);
    while let Some(here) = open.pop() {
        if !std::mem::replace(&mut seen[here], true) {
            open.extend((0..apps.len()).filter(|next| !seen[*next] && refers(&apps[here], &apps[*next])));
        }
    }
    seen[to]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_this_computer_are_those_of_neighbours() {
        assert_eq!(local("http://localhost:4000"), Some((4000, "")));
        assert_eq!(local("http://127.0.0.1:4000/api/v1"), Some((4000, "/api/v1")));
        for other in [
            "http://localhost",
            "http://localhost:4000,http://b",
            "redis://localhost:1",
            "http://a:4000",
            "http://localhost:99999",
        ] {
            assert_eq!(local(other), None, "{other}");
        }
    }

    #[test]
    fn a_page_is_told_where_its_server_hands_on_to() {
        let config = "export default { server: { proxy: { '/api': process.env.API_URL ?? 'http://localhost:3001' } } }";
        let page = "export const other = process.env.OTHER_URL || 'http://localhost:3001'";
        let findings = crate::detect::detect(&crate::repo::Repo::of(&[
            ("web/package.json", r#"{"scripts":{"dev":"vite"},"devDependencies":{"vite":"5"}}"#),
            ("web/vite.config.ts", config),
            ("web/src/main.ts", page),
            ("api/package.json", r#"{"scripts":{"start":"node server.js"},"dependencies":{"express":"5"}}"#),
            ("api/server.js", "require('express')().listen(3001)"),
        ]));
        let web = findings.apps.iter().find(|app| app.name == "web").unwrap();
        let told: Vec<String> = web.env.iter().map(|it| format!("{}={}", it.value.key, it.value.value)).collect();
        assert_eq!(told, ["API_URL=${api.url}"]);
    }

    #[test]
    fn apps_find_each_other_and_never_wait_in_a_circle() {
        let package = |port: &str| {
            format!(r#"{{"scripts":{{"start":"node server.js"}},"dependencies":{{"express":"5"}},"x":{port}}}"#)
        };
        let server = |port: &str, reads: &str| format!("require('express')().listen({port}); ask(process.env.{reads})");
        let (web, api) = (package("1"), package("2"));
        let (web_code, api_code) = (server("3000", "API_URL"), server("4000", "WEB_BASE"));
        let files = [
            ("apps/web/package.json", web.as_str()),
            ("apps/web/server.js", web_code.as_str()),
            (
                "apps/web/.env.example",
                "API_URL=http://localhost:4000/v1\nPUBLIC_API=http://localhost:4000\nOWN=http://localhost:3000\n",
            ),
            ("apps/api/package.json", api.as_str()),
            ("apps/api/server.js", api_code.as_str()),
            ("apps/api/.env.example", "WEB_BASE=http://localhost:3000\nCORS_ORIGIN=http://localhost:3000\n"),
        ];
        let findings = crate::detect::detect(&crate::repo::Repo::of(&files));
        let mut told: Vec<String> = Vec::new();
        for app in &findings.apps {
            told.extend(app.env.iter().map(|it| format!("{} {}={}", app.name, it.value.key, it.value.value)));
        }
        told.sort();
        // Whoever comes first waits; the other one can't.
        assert_eq!(
            told,
            ["api CORS_ORIGIN=${web.public_url}", "api WEB_BASE=${web.url}", "web PUBLIC_API=${api.public_url}"]
        );
    }

    /// What `billing`, at 8001, and the other app of the repo are told; `code` is the other app's program.
    fn told(name: &str, code: &str, more: &[(&str, &str)]) -> Vec<String> {
        let billing = [
            ("billing/package.json", r#"{"scripts":{"start":"node server.js"},"dependencies":{"express":"5"}}"#),
            ("billing/server.js", "require('express')().listen(8001)"),
        ];
        let files = [&billing, more, &[(name, code)]].concat();
        let findings = crate::detect::detect(&crate::repo::Repo::of(&files));
        let all = findings.apps.iter().flat_map(|app| app.env.iter().map(move |it| (app, &it.value)));
        all.filter(|(_, it)| it.key.ends_with("_URL"))
            .map(|(app, it)| format!("{} {}={}", app.name, it.key, it.value))
            .collect()
    }

    const FLASK: &[(&str, &str)] = &[("shop/requirements.txt", "flask\nrequests\n")];

    fn python(line: &str) -> Vec<String> {
        let code = format!("import os\nfrom flask import Flask\napp = Flask(__name__)\n{line}\napp.run(port=8000)\n");
        told("shop/app.py", &code, FLASK)
    }

    #[test]
    fn an_address_in_the_code_where_the_other_app_listens_is_a_reference() {
        for asks in [
            "B = os.getenv('BILLING_URL', 'http://localhost:8001')",
            "B = os.environ.get(\"BILLING_URL\", \"http://127.0.0.1:8001\")",
            "B = os.environ.get('BILLING_URL') or 'http://localhost:8001'",
            "B = config('BILLING_URL', default='http://localhost:8001')",
        ] {
            assert_eq!(python(asks), ["shop BILLING_URL=${billing.url}"], "{asks}");
        }
        let gin = ("shop/go.mod", "module shop\n\ngo 1.23\n");
        let main = "package main\nfunc main() {\n\turl := os.Getenv(\"BILLING_URL\")\n\tif url == \"\" {\n\t\turl = \"http://localhost:8001/v1\"\n\t}\n\thttp.ListenAndServe(\":8000\", nil)\n}\n";
        assert_eq!(told("shop/main.go", main, &[gin]), ["shop BILLING_URL=${billing.url}/v1"]);
        let gems = [("shop/Gemfile", "gem \"sinatra\"\n"), ("shop/config.ru", "run App\n")];
        for asks in [
            "ENV.fetch('BILLING_URL', 'http://localhost:8001')",
            "ENV.fetch('BILLING_URL') { 'http://localhost:8001' }",
            "ENV['BILLING_URL'] || 'http://localhost:8001'",
        ] {
            let code = format!("require 'sinatra'\nB = {asks}\n");
            assert_eq!(told("shop/app.rb", &code, &gems), ["shop BILLING_URL=${billing.url}"], "{asks}");
        }
    }

    #[test]
    fn an_address_in_the_code_that_is_nobody_else_s_stays_as_it_is() {
        for asks in [
            // Its own, one where nobody listens, and one that is only near the question.
            "B = os.getenv('BILLING_URL', 'http://localhost:8000')",
            "B = os.getenv('BILLING_URL', 'http://localhost:8002')",
            "B = os.environ['BILLING_URL']\nC = 'http://localhost:8001'",
        ] {
            assert!(python(asks).is_empty(), "{asks}: {:?}", python(asks));
        }
        let public = python("B = os.getenv('PUBLIC_URL', 'http://localhost:8001')");
        assert_eq!(public, ["shop PUBLIC_URL=${billing.public_url}"]);
    }

    #[test]
    fn addresses_in_the_code_of_both_never_make_them_wait_in_a_circle() {
        let code = |own: u16, key: &str, other: u16| {
            format!("const b = process.env.{key} ?? 'http://localhost:{other}'\nrequire('express')().listen({own})")
        };
        let package = r#"{"scripts":{"start":"node server.js"},"dependencies":{"express":"5"}}"#;
        let (one, other) = (code(8003, "B_URL", 8004), code(8004, "A_URL", 8003));
        let files = [("a/package.json", package), ("b/package.json", package), ("a/server.js", one.as_str())];
        assert_eq!(told("b/server.js", &other, &files), ["a B_URL=${b.url}"]);
    }
}
