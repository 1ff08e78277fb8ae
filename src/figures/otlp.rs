//! Runs as traces in the JSON of the OpenTelemetry protocol: a span for the command, one for each service, app and step in it.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::line::{Line, What};

/// The body of a request to `/v1/traces`; `None` where none of the lines is a command.
pub fn traces(lines: &[Line<'_>]) -> Option<Value> {
    let spans: Vec<Value> = lines.iter().filter(|line| line.what == What::Command).flat_map(spans).collect();
    let scope = json!({ "name": "devenv", "version": env!("CARGO_PKG_VERSION") });
    (!spans.is_empty()).then(|| {
        let resource = json!({ "attributes": [text("service.name", "devenv")] });
        json!({ "resourceSpans": [{ "resource": resource, "scopeSpans": [{ "scope": scope, "spans": spans }] }] })
    })
}

fn spans(line: &Line<'_>) -> Vec<Value> {
    let trace = hash(&format!("{} {} {}", line.by, line.run, line.at), 16);
    let root = hash(&format!("{trace} command"), 8);
    let failed = line.exit.is_some_and(|exit| exit != 0);
    let mut attributes = vec![text("devenv.command", line.command), text("devenv.person", line.by)];
    let optional = [("devenv.repo", line.repo), ("devenv.repo.name", line.name), ("devenv.how", line.how)];
    attributes.extend(optional.iter().filter(|(_, value)| !value.is_empty()).map(|(key, value)| text(key, value)));
    attributes.extend(line.exit.map(|exit| json!({ "key": "devenv.exit", "value": { "intValue": exit.to_string() } })));
    if !line.problems.is_empty() {
        attributes.push(text("devenv.problems", &line.problems.join(",")));
    }
    let mut spans = vec![json!({
        "traceId": trace, "spanId": root, "name": format!("devenv {}", line.command), "kind": 1,
        "startTimeUnixNano": nanos(line.at, 0), "endTimeUnixNano": nanos(line.at, line.ms),
        "attributes": attributes, "status": { "code": if failed { 2 } else { 1 } },
    })];
    let mut child = |name: String, (from, to): (u64, u64), ok: bool| {
        let id = hash(&format!("{trace} {name} {from}"), 8);
        spans.push(json!({
            "traceId": trace, "spanId": id, "parentSpanId": root, "name": name, "kind": 1,
            "startTimeUnixNano": nanos(line.at, from), "endTimeUnixNano": nanos(line.at, to),
            "status": { "code": if ok { 1 } else { 2 } },
        }));
    };
    for unit in &line.units {
        if let Some(span) = unit.span() {
            child(unit.name.to_owned(), span, unit.came_to_ready());
        }
    }
    for step in &line.steps {
        child(format!("{}: {}", step.of, step.name), (step.from, step.to), step.ok);
    }
    spans
}

/// The protocol writes numbers of 64 bits as text.
fn nanos(at: u64, more: u64) -> String {
    at.saturating_add(more).saturating_mul(1_000_000).to_string()
}

fn text(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

fn hash(of: &str, bytes: usize) -> String {
    crate::words::hex(&Sha256::digest(of.as_bytes())[..bytes])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::line::UnitLine;

    #[test]
    fn a_run_is_a_trace_and_what_is_no_command_is_none() {
        let unit = UnitLine {
            name: "db",
            kind: "service",
            states: vec![("starting", 10), ("ready", 30)],
            ..UnitLine::default()
        };
        let line =
            Line { at: 1000, ms: 50, command: "up", run: "0a", exit: Some(0), units: vec![unit], ..Line::default() };
        let sent = traces(&[line, Line { what: What::Began, ..Line::default() }]).unwrap();
        let spans = sent["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap();
        assert_eq!(spans.len(), 2);
        assert_eq!((spans[0]["traceId"].as_str().unwrap().len(), spans[0]["spanId"].as_str().unwrap().len()), (32, 16));
        assert_eq!(spans[1]["parentSpanId"], spans[0]["spanId"]);
        assert_eq!(
            (&spans[1]["startTimeUnixNano"], &spans[1]["endTimeUnixNano"]),
            (&json!("1010000000"), &json!("1030000000"))
        );
        assert_eq!(traces(&[]), None);
    }
}
