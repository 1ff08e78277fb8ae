//! The logins that `docker login` left on this computer, for downloads that want one.
//!
//! Only those kept in Docker's own settings file; external credential programs are run by the engine's client, not by us.

use bollard::auth::DockerCredentials;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Settings {
    auths: BTreeMap<String, Entry>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry {
    auth: String,
}

/// The login for whoever offers this repository, if there is one.
pub(super) fn for_repository(repository: &str) -> Option<DockerCredentials> {
    let host = repository.split('/').next()?;
    let text = crate::host::read_small(&crate::host::docker_config_folder()?.join("config.json")).ok()?;
    let settings: Settings = serde_json::from_slice(&text).ok()?;
    credentials(&settings, host)
}

fn credentials(settings: &Settings, host: &str) -> Option<DockerCredentials> {
    use base64::Engine;
    let key = if host == "docker.io" { "https://index.docker.io/v1/" } else { host };
    let entry = settings.auths.get(key)?;
    let decoded = base64::engine::general_purpose::STANDARD.decode(&entry.auth).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (user, password) = text.split_once(':')?;
    Some(DockerCredentials {
        username: Some(user.to_owned()),
        password: Some(password.to_owned()),
        serveraddress: Some(key.to_owned()),
        ..Default::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_login_is_found_by_host() {
        let settings: Settings =
            serde_json::from_str(r#"{"auths":{"m:5000":{"auth":"dTpwOnc="},"https://index.docker.io/v1/":{}}}"#)
                .unwrap();
        let found = credentials(&settings, "m:5000").unwrap();
        assert_eq!((found.username.as_deref(), found.password.as_deref()), (Some("u"), Some("p:w")));
        assert!(credentials(&settings, "docker.io").is_none());
    }
}
