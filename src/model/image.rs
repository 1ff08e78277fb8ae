//! Image references: from what a person writes to the full form, and back.

use std::fmt;

use super::ImageRef;

/// What the tag begins with under which an exact version is kept on this computer.
const EXACT: &str = "devenv-exact-";
/// How a content is hashed.
const SHA256: &str = "sha256:";

impl ImageRef {
    /// Reads a reference as people write it: `nginx`, `owner/name:1.2`, `ghcr.io/owner/name@sha256:…`.
    ///
    /// Without a host it is Docker Hub's, without a folder there one of its official ones, without a tag `latest`. A digest
    /// outweighs a tag.
    ///
    /// # Errors
    /// What is wrong with it, as a clause that follows its quotation: "is empty".
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.is_empty() {
            return Err("is empty");
        }
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (text, None),
        };
        let (path, tag) = match name.rsplit_once(':') {
            Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
            _ => (name, None),
        };
        if digest.is_some_and(|digest| !is_digest(digest)) {
            return Err("does not end in `@sha256:` and 64 hexadecimal digits");
        }
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return Err("has a version with characters that can't be in one");
        }
        let repository = full_repository(path);
        if !is_repository(&repository) {
            return Err("may hold lower-case letters, digits, `.`, `_`, `-` and `/` only");
        }
        Ok(Self { repository, tag: digest.or(tag).unwrap_or("latest").to_owned() })
    }

    /// Whether it names one content and no other, for ever.
    pub fn is_exact(&self) -> bool {
        is_digest(&self.tag)
    }

    /// Of the same repository, exactly this content; `None` = that is no digest.
    pub fn exactly(&self, digest: &str) -> Option<Self> {
        is_digest(digest).then(|| Self { repository: self.repository.clone(), tag: digest.to_owned() })
    }

    /// The tag by which the engine knows it on this computer. An exact version gets one of ours: a digest alone belongs to where it
    /// was fetched, so that what came from a mirror could not be found under the name of its origin.
    pub fn tag_here(&self) -> String {
        self.tag.strip_prefix(SHA256).map_or_else(|| self.tag.clone(), |hex| format!("{EXACT}{hex}"))
    }

    /// The name by which the engine knows it on this computer.
    pub fn name_here(&self) -> String {
        format!("{}:{}", self.repository, self.tag_here())
    }

    /// What a name stands for that [`Self::name_here`] has made.
    #[must_use]
    pub fn as_published(self) -> Self {
        let digest = self.tag.strip_prefix(EXACT).map(|hex| format!("{SHA256}{hex}"));
        match digest.filter(|digest| is_digest(digest)) {
            Some(tag) => Self { tag, ..self },
            None => self,
        }
    }
}

fn full_repository(path: &str) -> String {
    let (host, rest) = match path.split_once('/') {
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => (first, rest),
        _ => ("docker.io", path),
    };
    match host {
        "docker.io" | "index.docker.io" if !rest.contains('/') => format!("docker.io/library/{rest}"),
        "index.docker.io" => format!("docker.io/{rest}"),
        _ => format!("{host}/{rest}"),
    }
}

fn is_repository(repository: &str) -> bool {
    let Some((host, path)) = repository.split_once('/') else { return false };
    let part = |part: &str| {
        !part.is_empty()
            && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c))
            && part.starts_with(|c: char| c.is_ascii_alphanumeric())
    };
    host.starts_with(|c: char| c.is_ascii_alphanumeric())
        && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-:".contains(c))
        && path.split('/').all(part)
}

fn is_tag(tag: &str) -> bool {
    !tag.is_empty() && tag.len() <= 128 && tag.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}

fn is_digest(digest: &str) -> bool {
    digest.strip_prefix(SHA256).is_some_and(|hex| hex.len() == 64 && hex.chars().all(|c| c.is_ascii_hexdigit()))
}

impl fmt::Display for ImageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let separator = if self.tag.contains(':') { '@' } else { ':' };
        write!(f, "{}{separator}{}", self.repository, self.tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_references_become_full_ones() {
        let digest = format!("sha256:{}", "ab".repeat(32));
        for (text, full) in [
            ("nginx", "docker.io/library/nginx:latest".to_owned()),
            ("nginx:1.26", "docker.io/library/nginx:1.26".to_owned()),
            ("docker.io/nginx", "docker.io/library/nginx:latest".to_owned()),
            ("opensearchproject/opensearch:2.19.0", "docker.io/opensearchproject/opensearch:2.19.0".to_owned()),
            ("ghcr.io/a/b/c:x", "ghcr.io/a/b/c:x".to_owned()),
            ("localhost:5000/a", "localhost:5000/a:latest".to_owned()),
            (&format!("a/b:1@{digest}"), format!("docker.io/a/b@{digest}")),
        ] {
            assert_eq!(ImageRef::parse(text).unwrap().to_string(), full);
        }
    }

    #[test]
    fn an_exact_version_has_a_name_of_its_own_here() {
        let digest = format!("sha256:{}", "ab".repeat(32));
        let image = ImageRef::parse("postgres:17").unwrap();
        assert!(image.exactly("sha256:12").is_none() && !image.is_exact());
        assert_eq!(image.name_here(), "docker.io/library/postgres:17");
        let exact = image.exactly(&digest).unwrap();
        assert!(exact.is_exact());
        let here = exact.name_here();
        assert_eq!(here, format!("docker.io/library/postgres:devenv-exact-{}", "ab".repeat(32)));
        assert_eq!(ImageRef::parse(&here).unwrap().as_published(), exact);
        for other in ["postgres:17", "postgres:devenv-exact-12"] {
            assert_eq!(ImageRef::parse(other).unwrap().as_published(), ImageRef::parse(other).unwrap());
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "Nginx", "a b", "a:", "a@sha256:12", "a//b", ":1", "../a", "a:b:c", "http://a/b"] {
            assert!(ImageRef::parse(text).is_err(), "{text}");
        }
    }
}
