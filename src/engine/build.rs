//! Builds from a Dockerfile of the repo.

use std::collections::HashMap;
use std::time::Duration;

use bollard::models::BuildInfo;
use bollard::query_parameters::BuildImageOptionsBuilder;
use bytes::Bytes;
use futures_util::StreamExt;

use super::{Doing, Engine, Fault};
use crate::model::Build;
use crate::problem::{Problem, kinds};

/// A build step that prints nothing for so long is taken for stuck.
const SILENCE_LIMIT: Duration = Duration::from_secs(600);
/// How many of the last lines a failed build shows.
const SHOWN_LINES: usize = 20;
/// A proxy on this computer itself is known by that name inside. Docker takes a name as it is, Podman a list in JSON only.
const HOSTS: [&str; 2] = ["host.docker.internal:host-gateway", r#"["host.docker.internal:host-gateway"]"#];

/// How a build ended: its last lines, and why.
struct Failed {
    last: Vec<String>,
    error: String,
}

impl Failed {
    /// The engine did not even read how the hosts are written.
    fn is_about_hosts(&self) -> bool {
        self.last.is_empty() && self.error.contains("query parameter 'extrahosts'")
    }
}

impl Engine {
    /// Builds an image from a packed folder, telling each line of output.
    ///
    /// # Errors
    /// The failing step with the last lines of its output.
    pub async fn build(
        &self,
        unit: &str,
        build: &Build,
        context: Vec<u8>,
        mut line: impl FnMut(&str),
    ) -> Result<(), Problem> {
        let context = Bytes::from(context);
        let [hosts, list] = HOSTS;
        let built = match self.attempt(build, hosts, context.clone(), &mut line).await {
            Err(failed) if failed.is_about_hosts() => self.attempt(build, list, context, &mut line).await,
            built => built,
        };
        built.map_err(|Failed { last, error }| failed(unit, build, last, error))
    }

    async fn attempt(
        &self,
        build: &Build,
        hosts: &str,
        context: Bytes,
        line: &mut impl FnMut(&str),
    ) -> Result<(), Failed> {
        let proxy = build.proxy.iter().map(|(key, value)| (key.as_str(), value.reveal()));
        let written = build.args.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let args: HashMap<&str, &str> = proxy.chain(written).collect();
        let options = BuildImageOptionsBuilder::new()
            .dockerfile(&build.dockerfile)
            .t(&build.image.to_string())
            .target(build.target.as_deref().unwrap_or_default())
            .buildargs(&args)
            .extrahosts(hosts)
            .rm(true)
            .forcerm(true)
            .build();
        let mut stream = std::pin::pin!(self.client.build_image(options, None, Some(bollard::body_full(context))));
        let mut last = Vec::new();
        loop {
            let next = tokio::time::timeout(SILENCE_LIMIT, stream.next()).await;
            let error = match next {
                Ok(None) => return Ok(()),
                Err(_) => "no output for 10 minutes".to_owned(),
                Ok(Some(Ok(BuildInfo { error_detail: Some(detail), .. }))) => detail.message.unwrap_or_default(),
                Ok(Some(Ok(info))) => {
                    for text in info.stream.unwrap_or_default().lines().filter(|text| is_output(text)) {
                        line(text);
                        last.push(text.to_owned());
                    }
                    last.drain(..last.len().saturating_sub(SHOWN_LINES));
                    continue;
                }
                Ok(Some(Err(error))) => Fault::from_client(&error).message,
            };
            return Err(Failed { last, error });
        }
    }
}

/// What the commands of a Dockerfile print, without the builder's own bookkeeping.
fn is_output(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && !text.starts_with("--->") && !text.starts_with("Removing intermediate")
}

/// Whether a program says that it trusts nobody who has signed the certificate of the other side.
fn is_distrust(line: &str) -> bool {
    let line = line.to_lowercase();
    let signs = [
        "self-signed certificate",
        "self signed certificate",
        "unable to get local issuer",
        "certificate verify failed",
    ];
    let of_go = line.contains("x509:") && line.contains("unknown authority");
    signs.iter().any(|sign| line.contains(sign)) || line.contains("unable to verify the first certificate") || of_go
}

fn failed(unit: &str, build: &Build, last: Vec<String>, error: String) -> Problem {
    let fault = Fault::from_text(error);
    let mut problem = fault.problem(&Doing::Build { unit: unit.to_owned() });
    if problem.exit == crate::problem::Exit::Engine || problem.kind == &kinds::DISK_FULL {
        return problem.output(last);
    }
    problem.kind = &kinds::BUILD_FAILED;
    problem.why = format!("a step of {} failed: {}", build.dockerfile, fault.first_line());
    problem.fixes = vec![format!("correct {} and: devenv up", build.dockerfile)];
    if last.iter().any(|line| is_distrust(line)) {
        problem.fixes.push(
            "if this network inspects TLS: copy its certificate authority in before the step, or use `runtime`, which knows it"
                .to_owned(),
        );
    }
    problem.output(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_trusts_nobody_is_recognised() {
        for (line, is) in [
            ("curl: (60) SSL certificate problem: unable to get local issuer certificate", true),
            ("npm error code SELF_SIGNED_CERT_IN_CHAIN self-signed certificate in certificate chain", true),
            ("tls: failed to verify certificate: x509: certificate signed by unknown authority", true),
            ("x509: certificate has expired", false),
            ("certificate of completion", false),
        ] {
            assert_eq!(is_distrust(line), is, "{line}");
        }
    }
}
