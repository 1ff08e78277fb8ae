//! The certificate authorities that this computer trusts, for apps behind a network that inspects TLS.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::World;
use super::files::{is_file, read_limited};

/// Where systems keep them as one file; the first that exists is used.
const USUAL_PLACES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Bundles are 200 to 400 kB; much more is no bundle.
const LARGEST: u64 = 8 << 20;

/// Variables that name a file with authorities which programs trust beside the usual ones.
const MORE: &[&str] = &["NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT", "GIT_SSL_CAINFO"];

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// Whether a variable names certificate authorities.
pub fn names_certificates(world: &World) -> bool {
    std::iter::once(&"SSL_CERT_FILE").chain(MORE).any(|name| world.variable(name).is_some())
}

/// All of them as one PEM text; `None` where none are found. What single programs are told beside is among them, so that an app
/// trusts whom any program of this computer trusts.
pub fn certificate_authorities(world: &World) -> Option<Vec<u8>> {
    let named = |name: &str| world.variable(name).map(PathBuf::from).filter(|path| is_file(path));
    let usual = || USUAL_PLACES.iter().map(Path::new).find(|path| is_file(path)).map(Path::to_owned);
    let read = |path: PathBuf| Some(String::from_utf8_lossy(&read_limited(&path, LARGEST).ok()?).into_owned());
    let mut bundle = read(named("SSL_CERT_FILE").or_else(usual)?).filter(|text| text.contains(BEGIN))?;
    for text in MORE.iter().filter_map(|name| read(named(name)?)) {
        add(&mut bundle, &text);
    }
    Some(bundle.into_bytes())
}

/// Those of a text that the bundle does not have.
fn add(bundle: &mut String, text: &str) {
    let known: BTreeSet<String> = certificates(bundle).map(bare).collect();
    let new: Vec<&str> = certificates(text).filter(|one| !known.contains(&bare(one))).collect();
    for one in new {
        if !bundle.ends_with('\n') {
            bundle.push('\n');
        }
        bundle.push_str(one);
        bundle.push('\n');
    }
}

fn certificates(text: &str) -> impl Iterator<Item = &str> {
    text.split(BEGIN).skip(1).zip(text.match_indices(BEGIN)).filter_map(|(rest, (start, _))| {
        let length = BEGIN.len() + rest.find(END)? + END.len();
        text.get(start..start + length)
    })
}

/// Without its line ends, which files differ in.
fn bare(certificate: &str) -> String {
    certificate.split_whitespace().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(name: &str, line_end: &str) -> String {
        [BEGIN, name, END].join(line_end)
    }

    #[test]
    fn what_single_programs_trust_is_added_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: String| {
            let path = folder.path().join(name);
            crate::host::write_file(&path, text.as_bytes()).unwrap();
            path.display().to_string()
        };
        let (one, two) = (certificate("MIIone", "\n"), certificate("MIItwo", "\n"));
        let bundle = file("bundle.pem", format!("# Root\n{one}"));
        let extra = file("extra.pem", format!("{}\n{two}\n", certificate("MIIone", "\r\n")));
        let broken = file("broken.pem", format!("{BEGIN}\nMIIcut"));
        let world = |variables: &[(&str, &str)]| World {
            variables: variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            ..World::default()
        };
        let named = world(&[
            ("SSL_CERT_FILE", &bundle),
            ("NODE_EXTRA_CA_CERTS", &extra),
            ("REQUESTS_CA_BUNDLE", &extra),
            ("PIP_CERT", &broken),
            ("CURL_CA_BUNDLE", "/nonexistent"),
        ]);
        let together = String::from_utf8(certificate_authorities(&named).unwrap()).unwrap();
        assert_eq!(together, format!("# Root\n{one}\n{two}\n"));
        assert!(names_certificates(&named) && !names_certificates(&World::default()));
        assert_eq!(certificate_authorities(&world(&[("SSL_CERT_FILE", &broken)])).map(|it| it.len()), Some(34));
    }
}
