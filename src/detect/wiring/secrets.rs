//! Secrets of an app: those that are only random are made, those of other parties are told.

use super::variables::Seen;
use super::{Wired, built, set};
use crate::detect::{App, Evidence, Fact, Note, Secret, Toolchain};
use crate::repo::{Repo, join};

/// Words of names that mean a key of somebody else.
const PARTIES: &[&str] = &[
    "STRIPE",
    "AWS",
    "S3",
    "GITHUB",
    "GITLAB",
    "GOOGLE",
    "GCP",
    "AZURE",
    "TWITTER",
    "FACEBOOK",
    "SLACK",
    "OPENAI",
    "ANTHROPIC",
    "SENTRY",
    "TWILIO",
    "SENDGRID",
    "MAILGUN",
    "POSTMARK",
    "RESEND",
    "PUSHER",
    "ALGOLIA",
    "CLOUDINARY",
    "PAYPAL",
    "DISCORD",
    "OAUTH",
    "CLIENT",
    "APPLE",
    "LINKEDIN",
    "MAPBOX",
    "RECAPTCHA",
    "TURNSTILE",
    "POSTHOG",
    "SEGMENT",
    "DATADOG",
    "HONEYBADGER",
    "TELEGRAM",
    "UPSTASH",
    "SUPABASE",
    "FIREBASE",
    "AUTH0",
    "CLERK",
    "PLAID",
    "SHOPIFY",
    "MIXPANEL",
    "INTERCOM",
    "UNSPLASH",
    "SPOTIFY",
    "LASTFM",
    "KEYCLOAK",
    "OIDC",
    "SAML",
    "LDAP",
    "VAPID",
    "WEBHOOK",
    "LICENSE",
    "SES",
    "CLOUDFLARE",
    "R2",
    "TURNSTILE",
    "HCAPTCHA",
    "GEMINI",
];

/// Names of keys that programs make up for themselves.
const WHOLE: &[&str] = &[
    "SECRET",
    "SECRETS",
    "SECRET_KEY",
    "SECRET_KEY_BASE",
    "APP_KEY",
    "APP_SECRET",
    "APP_KEYS",
    "SECRET_PASSWORD",
    "SECRET_TOKEN",
    "SIGNING_SALT",
    "DJANGO_SECRET_KEY",
    "FLASK_SECRET_KEY",
    "RAILS_SECRET_KEY_BASE",
    "APP_SECRET_KEY",
    "DJANGO_SECRET",
    "ENCRYPTION_KEY",
    "JWT_SECRET",
    "SESSION_SECRET",
    "COOKIE_SECRET",
    "AUTH_SECRET",
    "NEXTAUTH_SECRET",
    "CRON_SECRET",
    "SIGNING_KEY",
    "TOKEN_SECRET",
    "HASH_SALT",
    "TOKEN_SALT",
    "JWT_KEY",
    "JWT_SECRET_KEY",
    "SESSION_KEY",
    "COOKIE_KEY",
    "HMAC_KEY",
    "MASTER_SECRET",
    "ENCRYPTION_SECRET",
    "SALT",
    "PASSWORD_SALT",
];

/// Ends of names that mean the same behind a prefix.
const ENDS: &[&str] = &[
    "SECRET_KEY_BASE",
    "ENCRYPTION_KEY",
    "JWT_SECRET",
    "SESSION_SECRET",
    "COOKIE_SECRET",
    "AUTH_SECRET",
    "CRON_SECRET",
    "SIGNING_KEY",
    "SIGNING_SECRET",
    "TOKEN_SECRET",
    "HASH_SALT",
    "TOKEN_SALT",
    "JWT_SECRET_KEY",
    "ENCRYPTION_SECRET",
    "REFRESH_SECRET",
    "ACCESS_SECRET",
];

/// How many keys of others are written down for an app: more would hide what it needs.
const MOST_KEYS: usize = 12;

/// How a random value has to look.
fn generator(variable: &Seen) -> &'static str {
    let hint = format!("{} {}", variable.comment, variable.value.as_deref().unwrap_or_default()).to_lowercase();
    match () {
        () if hint.contains("hex 16") => "hex32",
        () if hint.contains("base64 32") => "base64-32",
        () if hint.contains("uuid") => "uuid",
        () if hint.contains("hex 32") || hint.contains("64 char") => "hex64",
        () if hint.contains("32 char") || variable.key.contains("ENCRYPTION_KEY") => "hex32",
        () => "hex64",
    }
}

pub fn make(repo: &Repo, app: &mut App, plain: &[&Seen], wired: &mut Wired) {
    laravel_key(app, wired);
    // What is set by others has to be neither made nor asked for.
    built::variables(repo, app, plain);
    let mut foreign: Vec<&Seen> = Vec::new();
    for variable in plain {
        if !variable.is_own || app.env.iter().any(|own| own.value.key == variable.key) {
            continue;
        }
        if is_random(&variable.key) {
            if is_wanting(variable, app, repo) {
                add(wired, app, &variable.key, generator(variable), variable);
            }
        } else if is_foreign(variable) {
            foreign.push(variable);
        }
    }
    // What somebody wrote down comes before what only the code knows.
    foreign.sort_by_key(|it| it.value.is_none());
    app.keys = foreign.iter().take(MOST_KEYS).map(|variable| key_of_others(variable)).collect();
    app.lacking = lacking(app, plain);
    wired.notes.extend(lacking_note(&app.name, &app.lacking));
    if let Some(first) = foreign.first() {
        let names: Vec<&str> = foreign.iter().map(|it| it.key.as_str()).take(8).collect();
        let more = if foreign.len() > names.len() { " and others" } else { "" };
        let text = format!(
            "`{}` can use keys of others, which have no value yet: {}{more}. Where they go stands in dev.yaml as comments",
            app.name,
            names.join(", ")
        );
        let is_told = wired.notes.iter().any(|note| note.evidence.first() == Some(&first.evidence));
        if !is_told {
            wired.notes.push(Note { text, evidence: vec![first.evidence.clone()] });
        }
    }
}

/// What the code does not start without, and nobody but a person can know.
fn lacking(app: &App, plain: &[&Seen]) -> Vec<Fact<String>> {
    let is_built = matches!(app.toolchain, Toolchain::Build { .. });
    let is_set = |key: &str| {
        is_built && app.built.iter().any(|it| it.value.key == key)
            || app.env.iter().any(|own| own.value.key == key)
            || app.keys.iter().any(|own| own.name == key)
    };
    let has_none = |it: &&&Seen| it.value.as_deref().is_none_or(str::is_empty);
    let lacking =
        plain.iter().filter(|it| it.is_own && it.is_required && !is_set(&it.key) && !is_of_surroundings(&it.key));
    lacking.filter(has_none).map(|it| Fact { value: it.key.clone(), evidence: vec![it.evidence.clone()] }).collect()
}

/// What a person reads of what an app lacks.
pub fn lacking_note(app: &str, lacking: &[Fact<String>]) -> Option<Note> {
    let evidence = lacking.first()?.evidence.clone();
    let names: Vec<&str> = lacking.iter().map(|it| it.value.as_str()).take(8).collect();
    let more = if lacking.len() > names.len() { " and others" } else { "" };
    let text = format!("`{app}` asks for {}{more}, which nothing sets: write them into its `env`", names.join(", "));
    Some(Note { text, evidence })
}

/// What every place has.
pub(super) fn is_of_surroundings(key: &str) -> bool {
    matches!(key, "PATH" | "HOME" | "USER" | "PORT" | "HOST" | "PWD" | "SHELL" | "TMPDIR" | "LANG" | "TERM")
}

/// Laravel's own form: the letters `base64:` and 32 bytes.
fn laravel_key(app: &mut App, wired: &mut Wired) {
    let Some(laravel) = app.frameworks.iter().find(|it| it.value == "laravel") else { return };
    let evidence = laravel.evidence.clone();
    let Some(first) = evidence.first().cloned() else { return };
    set(app, "APP_KEY", "base64:${secret.APP_KEY}".to_owned(), &first);
    declare(wired, "APP_KEY", "base64-32", "Key that Laravel encrypts with", evidence);
}

fn add(wired: &mut Wired, app: &mut App, name: &str, generate: &str, variable: &Seen) {
    set(app, name, format!("${{secret.{name}}}"), &variable.evidence);
    declare(wired, name, generate, &variable.comment, vec![variable.evidence.clone()]);
}

fn declare(wired: &mut Wired, name: &str, generate: &str, description: &str, evidence: Vec<Evidence>) {
    if wired.secrets.iter().any(|known| known.name == name) {
        return;
    }
    let (description, generate) = (first_sentence(description), Some(generate.to_owned()));
    wired.secrets.push(Secret { name: name.to_owned(), description, generate, evidence });
}

fn key_of_others(variable: &Seen) -> Secret {
    let description = match first_sentence(&variable.comment) {
        empty if empty.is_empty() => format!("Only a person can get it; see {}", variable.evidence),
        said => said,
    };
    Secret { name: variable.key.clone(), description, generate: None, evidence: vec![variable.evidence.clone()] }
}

/// Which says enough.
fn first_sentence(text: &str) -> String {
    let first = text.split(". ").next().unwrap_or_default();
    let words: Vec<&str> = first.split_whitespace().take_while(|word| word.len() < 60).take(17).collect();
    words.join(" ")
}

/// Whether a name means a key that only has to be random.
fn is_random(key: &str) -> bool {
    let words: Vec<&str> = key.split('_').collect();
    if words
        .iter()
        .any(|word| PARTIES.contains(word) || matches!(*word, "PUBLIC" | "API" | "ID" | "TEST" | "PATH" | "FILE"))
    {
        return matches!(key, "API_TOKEN_SALT" | "API_SECRET_KEY");
    }
    WHOLE.contains(&key) || ENDS.iter().any(|end| key.ends_with(&format!("_{end}")))
}

/// Whether nothing usable is there: it is empty or a word to replace, or nobody reads the example.
fn is_wanting(variable: &Seen, app: &App, repo: &Repo) -> bool {
    let Some(value) = variable.value.as_deref() else {
        return variable.is_read
            && matches!(
                variable.key.as_str(),
                "JWT_SECRET"
                    | "SECRET_KEY"
                    | "SESSION_SECRET"
                    | "AUTH_SECRET"
                    | "NEXTAUTH_SECRET"
                    | "BETTER_AUTH_SECRET"
                    | "DJANGO_SECRET_KEY"
                    | "DJANGO_SECRET"
                    | "FLASK_SECRET_KEY"
                    | "APP_SECRET_KEY"
            );
    };
    let lower = value.to_lowercase();
    let is_word = [
        "change",
        "your",
        "xxx",
        "<",
        "{",
        "generate",
        "replace",
        "random",
        "todo",
        "placeholder",
        "***",
        "insert",
        "openssl",
    ];
    if value.is_empty() || is_word.iter().any(|word| lower.contains(word)) {
        return true;
    }
    // Laravel and Rails have their own ways of development.
    !variable.is_in_place && !copies(app, repo)
}

/// Whether the app gets a copy of the example as its own file.
fn copies(app: &App, repo: &Repo) -> bool {
    let own = join(&app.path, ".env").is_some_and(|path| repo.has(&path));
    own || app.setup.iter().any(|step| step.value.run.contains(".env"))
}

/// A key of somebody else without a value: in an example, or asked for by the app's own code only.
fn is_foreign(variable: &Seen) -> bool {
    let ends = ["KEY", "TOKEN", "SECRET", "CLIENT_ID", "PASSWORD"].iter().any(|end| variable.key.ends_with(end));
    let is_empty = variable.value.as_deref().is_none_or(|value| {
        let lower = value.to_lowercase();
        value.is_empty()
            || ["your", "xxx", "<", "...", "change", "placeholder", "replace"].iter().any(|sign| lower.contains(sign))
    });
    ends && is_empty && variable.key.split('_').any(|word| PARTIES.contains(&word))
}
