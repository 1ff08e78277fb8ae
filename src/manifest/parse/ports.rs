//! Reading ports: the one inside, and the one of this computer where people expect it.

use super::fields::{Decoder, Elsewhere, Field, Fields, Shape};
use crate::manifest::At;
use crate::manifest::yaml::Value;
use crate::names::Port;
use crate::problem::{Problem, kinds};

pub const PORT: Shape = Shape {
    keys: &["inside", "outside"],
    elsewhere: &[
        ("target", Elsewhere::Key("inside")),
        ("container", Elsewhere::Key("inside")),
        ("internal", Elsewhere::Key("inside")),
        ("published", Elsewhere::Key("outside")),
        ("host", Elsewhere::Key("outside")),
        ("external", Elsewhere::Key("outside")),
    ],
};

/// What `port` says.
#[derive(Debug, Default)]
pub struct Ports {
    pub inside: Option<At<Port>>,
    pub outside: Option<At<Port>>,
}

/// Whether somebody has to say which port something listens on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InsidePort {
    Needed,
    /// The catalog says it.
    Known,
}

impl Decoder<'_, '_> {
    /// `port` of a service or an app; nothing where it is not written.
    pub fn ports(&mut self, owner: &Fields, inside: InsidePort) -> Ports {
        let Some(field) = owner.get("port") else { return Ports::default() };
        if !matches!(field.node.value, Value::Mapping(_)) {
            return Ports { inside: self.port(&field), outside: None };
        }
        const EXAMPLE: &str = "port: { inside: 3000, outside: 8080 }";
        let Some(fields) = self.fields(&field, field.subject.clone(), &PORT, EXAMPLE) else { return Ports::default() };
        if inside == InsidePort::Needed && !fields.has("inside") {
            self.missing(&fields, "inside", "the port that it listens on", EXAMPLE);
        }
        let mut port = |key| fields.get(key).and_then(|field| self.port(&field));
        Ports { inside: port("inside"), outside: port("outside") }
    }

    pub fn port(&mut self, field: &Field) -> Option<At<Port>> {
        let text = self.text(field, "a port number", "port: 3000")?;
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits(&text.value)
            && !text.value.starts_with('0')
            && let Some(port) = text.value.parse().ok().and_then(Port::new)
        {
            return Some(At::new(port, text.span));
        }
        self.findings.add(text.span, || {
            let value = text.value.trim();
            let problem = |what: String| Problem::new(&kinds::MANIFEST_BAD_PORT, what);
            let inside = value.rsplit(':').next().unwrap_or("").trim_end_matches("/tcp");
            if value.contains(':') && digits(inside) {
                problem(format!("{} is one number, not `{value}`", field.subject))
                    .why("it is the one that it listens on; the one of this computer is leased for each checkout")
                    .fix(format!("write  port: {inside}"))
                    .fix(format!("or  port: {{ inside: {inside}, outside: … }}  for where people expect it"))
            } else if value == "0" {
                problem(format!("{} can't be 0", field.subject))
                    .why("it is the port that the program itself listens on")
                    .fix("write that number, for example  port: 3000")
            } else if digits(value) && !value.starts_with('0') {
                problem(format!("{} can't be {value}", field.subject)).why("ports go from 1 to 65535")
            } else {
                problem(format!("{} must be a port number, not `{value}`", field.subject))
                    .fix("write a number from 1 to 65535, for example  port: 3000")
            }
        });
        None
    }
}
