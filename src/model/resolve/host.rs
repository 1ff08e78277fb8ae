//! An app that runs on this computer itself -> the unit as wanted.
//!
//! It sees everything from this computer: the loopback address and the leased ports. It listens on its own leased port, since
//! nothing stands between it and this computer.

use std::time::Duration;

use super::apps::{kind, readiness};
use super::{NOT_YET, Resolver, Variables};
use crate::catalog::dev_servers;
use crate::manifest::App;
use crate::model::{Engine, Kind, Lease, Parts, Probe, Source, Stop, Unit, order};
use crate::names::{Name, Port};

/// How long it may take to end by itself when it is stopped.
const GRACE: Duration = Duration::from_secs(10);

impl Resolver<'_> {
    pub(super) fn host_app(&mut self, app: &App) -> Unit {
        let name = app.name.value.clone();
        let wanted = app.port.as_ref().map(|port| port.value);
        let port = wanted.map(|wanted| self.values.outside(&name, "", wanted));
        let mut env = Variables::default();
        let command = self.host_command(app, port, &mut env);
        let setup = self.setup(app, None, "", &mut env);
        for variable in &app.env {
            let value = self.fill(&variable.value.value, &name);
            env.set(&variable.key.value, value);
        }
        let mut ready = readiness(app);
        if let (Probe::FirstByte(asked), Some(port)) = (&mut ready.probe, port) {
            *asked = port;
        }
        Unit {
            kind: kind(app),
            title: "this computer".to_owned(),
            version: Some("host".to_owned()),
            source: Source::Host,
            command,
            env: env.into_sorted(),
            port: port.map(|port| Lease { inside: port, outside: port }),
            more_ports: Vec::new(),
            data: None,
            seed: None,
            binds: Vec::new(),
            files: Vec::new(),
            user: None,
            workdir: Some(self.folder(app)),
            engine: Engine::default(),
            init: false,
            stop: Stop { signal: Some("SIGTERM".to_owned()), grace: GRACE },
            needs: order::needs_of_app(self.manifest, app),
            optional: app.optional,
            ready,
            setup,
            url: port.map(|port| format!("http://localhost:{port}")),
            made_from: Parts::default(),
            fingerprint: NOT_YET,
            boot: Duration::from_millis(500),
            restarts_with_needs: false,
            catalog_id: None,
            name,
        }
    }

    /// The command, told its port; it stays on the loopback address, which is all that anybody needs here.
    fn host_command(&mut self, app: &App, port: Option<Port>, env: &mut Variables) -> Option<Vec<String>> {
        let name: &Name = &app.name.value;
        let run = self.fill_for_shell(&app.run.as_ref()?.value, name, env);
        let run = match port.filter(|_| kind(app) == Kind::App) {
            Some(port) => {
                env.set("PORT", port.to_string());
                let none = std::collections::BTreeMap::new();
                let scripts = self.facts.scripts.get(name).unwrap_or(&none);
                let answering = dev_servers::answer_on_loopback(&run, scripts, port.number());
                for (key, value) in answering.env {
                    env.set(key, value.replace("{name}", name.as_str()));
                }
                answering.run
            }
            None => run,
        };
        Some(vec!["sh".to_owned(), "-c".to_owned(), run])
    }
}
