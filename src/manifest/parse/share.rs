//! `share`: where an organisation wants figures of work in its repo.

use super::fields::{Decoder, Elsewhere, Field, Fields, Shape};
use crate::manifest::Share;
use crate::problem::{Problem, kinds};

pub const SHARE: Shape = Shape {
    keys: &["folder", "http", "otlp", "prometheus"],
    elsewhere: &[
        ("opentelemetry", Elsewhere::Key("otlp")),
        ("url", Elsewhere::Key("http")),
        ("path", Elsewhere::Key("folder")),
    ],
};

pub const HTTP: Shape = Shape {
    keys: &["url", "key_variable"],
    elsewhere: &[(
        "key",
        Elsewhere::Advice("never in a repo: `key_variable: FIGURES_KEY` names the variable that holds it"),
    )],
};

pub const PROMETHEUS: Shape = Shape { keys: &["file", "push"], elsewhere: &[("gateway", Elsewhere::Key("push"))] };

const FOLDER: &str = "folder: /mnt/team/devenv";
const ADDRESS: &str = "http: { url: \"https://figures.example/devenv\", key_variable: FIGURES_KEY }";

impl Decoder<'_, '_> {
    pub fn share(&mut self, field: &Field) -> Share {
        let mut share = Share::default();
        let Some(fields) = self.fields(field, "`share`".to_owned(), &SHARE, "share: { folder: /mnt/team/devenv }")
        else {
            return share;
        };
        share.folder = self.place(&fields, "folder", "/", FOLDER);
        share.otlp = self.place(&fields, "otlp", "http", "otlp: \"http://collector.example:4318\"");
        if let Some(field) = fields.get("http")
            && let Some(http) = self.fields(&field, "`http` of `share`".to_owned(), &HTTP, ADDRESS)
        {
            let key = http.get("key_variable").and_then(|field| self.text(&field, "the name of a variable", ADDRESS));
            if !http.has("url") {
                self.missing(&http, "url", "the address", ADDRESS);
            }
            share.http = self.place(&http, "url", "http", ADDRESS).map(|url| (url, key.map(|key| key.value)));
        }
        const PROMETHEUS_EXAMPLE: &str = "prometheus: { push: \"http://gateway.example:9091\" }";
        if let Some(field) = fields.get("prometheus")
            && let Some(inner) =
                self.fields(&field, "`prometheus` of `share`".to_owned(), &PROMETHEUS, PROMETHEUS_EXAMPLE)
        {
            share.prometheus_file = self.place(&inner, "file", "/", "file: /var/lib/node_exporter/devenv.prom");
            share.prometheus_push = self.place(&inner, "push", "http", PROMETHEUS_EXAMPLE);
        }
        share
    }

    /// A whole address or an absolute path: what it begins with tells which is wanted.
    fn place(&mut self, fields: &Fields, key: &str, begin: &str, example: &str) -> Option<String> {
        let field = fields.get(key)?;
        let text = self.text(&field, "an address or a folder", example)?;
        let fine = match begin {
            "http" => text.value.starts_with("http://") || text.value.starts_with("https://"),
            _ => text.value.starts_with(begin),
        };
        if !fine {
            let what = match begin {
                "http" => "an address that begins with http:// or https://",
                _ => "an absolute path",
            };
            self.findings.add(text.span, || {
                let what = format!("{} must be {what}, not `{}`", field.subject, text.value);
                Problem::new(&kinds::MANIFEST_BAD_ADDRESS, what).fix(format!("write for example  {example}"))
            });
            return None;
        }
        Some(text.value)
    }
}

#[cfg(test)]
mod tests {
    fn load(text: &str) -> Result<crate::manifest::Share, Vec<String>> {
        let text = format!("share: {text}\n");
        let loaded = crate::manifest::load("dev.yaml", text.as_bytes());
        loaded.map(|manifest| manifest.share).map_err(|problems| problems.iter().map(|it| it.what.clone()).collect())
    }

    #[test]
    fn places_are_whole_and_keys_stay_out_of_the_repo() {
        let share = load(
            "{ folder: /mnt/x, http: { url: 'https://a.example', key_variable: K }, otlp: 'http://b.example:4318', \
             prometheus: { file: /var/x.prom, push: 'http://c.example' } }",
        )
        .unwrap();
        assert_eq!(share.http, Some(("https://a.example".to_owned(), Some("K".to_owned()))));
        assert_eq!(
            (share.folder.as_deref(), share.prometheus_push.as_deref()),
            (Some("/mnt/x"), Some("http://c.example"))
        );
        let wrong =
            load("{ folder: team, otlp: collector, http: { url: 'https://a.example', key: s3cret } }").unwrap_err();
        assert_eq!(wrong.len(), 3, "{wrong:?}");
        assert!(!wrong.concat().contains("s3cret"), "{wrong:?}");
        assert_eq!(load("{ http: { key_variable: K } }").unwrap_err().len(), 1);
    }
}
