//! Hides the values of secrets in text that is about to be shown.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

use crate::names::Sensitive;

/// What is shown in place of a value.
pub const HIDDEN: &str = "•••";

/// Shorter values are not hidden: they would be found in ordinary words, and hide those.
const SHORTEST: usize = 6;

/// Knows every form in which a value may be met: as it is, in a URL, in JSON, in base64, and each line of one with several.
#[derive(Clone, Default)]
pub struct Redactor {
    /// The longest first, so that none leaves the rest of another behind.
    forms: Vec<String>,
}

impl Redactor {
    /// Hides these values from now on as well.
    pub fn hide<'v>(&mut self, values: impl IntoIterator<Item = &'v Sensitive>) {
        for value in values {
            let value = value.reveal();
            self.forms.extend(forms(value));
            if value.contains('\n') {
                self.forms.extend(value.lines().filter(|line| !line.starts_with("-----")).flat_map(forms));
            }
        }
        self.forms.sort_by(|one, other| other.len().cmp(&one.len()).then(one.cmp(other)));
        self.forms.dedup();
    }

    /// The text with every value hidden.
    pub fn redact(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for form in self.forms.iter() {
            if text.contains(form.as_str()) {
                text = text.replace(form.as_str(), HIDDEN);
            }
        }
        text
    }

    pub fn is_empty(&self) -> bool {
        self.forms.is_empty()
    }
}

fn forms(value: &str) -> Vec<String> {
    if value.trim().chars().count() < SHORTEST {
        return Vec::new();
    }
    let json = serde_json::to_string(value).unwrap_or_default();
    let mut forms = vec![value.to_owned(), in_url(value, ""), in_url(value, "-._~"), json.trim_matches('"').to_owned()];
    for engine in [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD] {
        forms.push(engine.encode(value));
    }
    for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
        forms.extend((0..3).map(|before| inner_base64(engine, value, before)).filter(|form| form.len() >= SHORTEST));
    }
    let trimmed = value.trim();
    if trimmed.len() < value.len() {
        forms.push(trimmed.to_owned());
    }
    forms
}

/// What base64 makes of a value in the middle of other text, with so many bytes of it before in the same group of three: the
/// characters that the value alone decides. `user:password` of HTTP's basic authentication is such a text.
fn inner_base64(engine: &impl Engine, value: &str, before: usize) -> String {
    let mut bytes = vec![0; before];
    bytes.extend_from_slice(value.as_bytes());
    let mut text = engine.encode(&bytes);
    if !bytes.len().is_multiple_of(3) {
        text.pop();
    }
    // A character holds six bits.
    text.split_off((before * 8).div_ceil(6))
}

/// Percent-encoded but for letters, digits and `kept`.
fn in_url(value: &str, kept: &str) -> String {
    let mut text = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || kept.contains(char::from(byte)) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor(values: &[&str]) -> Redactor {
        let mut redactor = Redactor::default();
        redactor.hide(&values.iter().map(|value| Sensitive::new(*value)).collect::<Vec<_>>());
        redactor
    }

    #[test]
    fn a_value_is_hidden_in_every_form() {
        let hides = redactor(&["p@ss \"w0rd\"/1"]);
        for shown in [
            "p@ss \"w0rd\"/1",
            "postgres://app:p%40ss%20%22w0rd%22%2F1@db/app",
            r#"{"password":"p@ss \"w0rd\"/1"}"#,
            "Authorization: Basic cEBzcyAidzByZCIvMQ==",
        ] {
            let text = hides.redact(shown);
            assert!(text.contains(HIDDEN) && !text.contains("w0rd") && !text.contains("cEBz"), "{text}");
        }
    }

    #[test]
    fn a_value_inside_of_encoded_text_is_hidden_too() {
        let hides = redactor(&["p@ss-w0rd-of-mine"]);
        for user in ["", "a:", "ab:", "app:"] {
            for rest in ["", "\n", "&x", "?ab"] {
                let encoded = STANDARD.encode(format!("{user}p@ss-w0rd-of-mine{rest}"));
                let left = hides.redact(&format!("Basic {encoded}")).replace(HIDDEN, "");
                assert!(left.len() <= "Basic ".len() + 12, "{user}…{rest}: {left}");
            }
        }
    }

    #[test]
    fn a_longer_value_leaves_no_rest_and_short_ones_hide_nothing() {
        assert_eq!(redactor(&["secret-one", "secret-one-more"]).redact("a secret-one-more b"), "a ••• b");
        assert_eq!(redactor(&["dev", "", "     "]).redact("npm run dev"), "npm run dev");
    }

    #[test]
    fn each_line_of_a_key_is_hidden() {
        let key = "-----BEGIN KEY-----\nMIIEvQIBADAN\nBgkqhkiG9w0B\n-----END KEY-----\n";
        assert_eq!(redactor(&[key]).redact("  BgkqhkiG9w0B"), "  •••");
        assert_eq!(redactor(&[key]).redact("-----BEGIN KEY-----"), "-----BEGIN KEY-----");
    }
}
