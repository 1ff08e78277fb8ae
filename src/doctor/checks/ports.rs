//! Ports that this repo is to have and somebody else has.

use crate::doctor::facts::{Facts, Holder, PortFacts};
use crate::doctor::{Finding, Repair, Severity};
use crate::problem::{Problem, kinds};
use crate::words;

/// It stops nothing, since another port is leased; but an address that others know changes.
pub fn taken(facts: &Facts) -> Option<Finding> {
    let taken: Vec<(&PortFacts, &Holder)> =
        facts.repo.as_ref()?.ports.iter().filter_map(|port| Some((port, port.holder.as_ref()?))).collect();
    let (first, _) = taken.first()?;
    let what = match taken.len() {
        1 => format!("`{}` cannot use port {}", first.unit, first.port),
        _ => {
            let each: Vec<String> = taken.iter().map(|(port, _)| format!("`{}` {}", port.unit, port.port)).collect();
            format!("{} ports of this repo are taken: {}", taken.len(), words::list(&each))
        }
    };
    let why: Vec<String> = taken.iter().map(|(port, holder)| who(port, holder)).collect();
    let problem = Problem::new(&kinds::PORT_TAKEN, what)
        .why(why.join("\n"))
        .fix("devenv up                # takes others, and everything that refers to them follows")
        .fix("or stop what has them");
    let moves = taken.iter().any(|(port, _)| port.was_leased);
    let severity = if moves { Severity::WillHurt } else { Severity::GoodToKnow };
    Some(Finding::new(severity, problem).repaired_by(Repair::LeaseOthers))
}

fn who(port: &PortFacts, holder: &Holder) -> String {
    let number = port.port;
    match holder {
        Holder::Program { pid, program, folder: Some(folder) } => {
            format!("{program} (pid {pid}, started in {}) is listening on {number}", folder.display())
        }
        Holder::Program { pid, program, folder: None } => format!("{program} (pid {pid}) is listening on {number}"),
        Holder::Environment { unit, checkout } => {
            format!("`{unit}` of the environment in {} has {number}", checkout.display())
        }
        Holder::Engine => format!("something else in Docker has {number}"),
        Holder::Unknown => format!("another program is listening on {number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Check;
    use super::super::tests::judge;
    use super::*;
    use crate::doctor::facts::Repo;

    fn ports(ports: &[(u16, bool, Option<Holder>)]) -> Facts {
        let port = |(port, was_leased, holder): &(u16, bool, Option<Holder>)| PortFacts {
            unit: "api".into(),
            port: *port,
            was_leased: *was_leased,
            holder: holder.clone(),
        };
        Facts { repo: Some(Repo { ports: ports.iter().map(port).collect(), ..Repo::default() }), ..Facts::default() }
    }

    #[test]
    fn whoever_has_a_port_is_named() {
        let node =
            || Some(Holder::Program { pid: 4121, program: "node".into(), folder: Some("/home/sam/blog".into()) });
        let cases: [(Check, Facts); 3] = [
            (taken, ports(&[(3000, false, node())])),
            (taken, ports(&[(3000, true, node()), (3001, false, Some(Holder::Engine))])),
            (taken, ports(&[(3000, true, None)])),
        ];
        judge(&cases, &[Some("good_to_know port-taken"), Some("will_hurt port-taken"), None]);
        let problem = taken(&ports(&[(3000, true, node())])).unwrap().problem;
        assert_eq!(problem.what, "`api` cannot use port 3000");
        assert_eq!(problem.why, "node (pid 4121, started in /home/sam/blog) is listening on 3000");
    }
}
