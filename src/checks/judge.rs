//! Whether an answer is what a check expects; why not, as a clause that follows "it". Pure.

use std::time::Duration;

use serde_json::Value;
use serde_json_path::JsonPath;

use crate::manifest::{Asks, Check, HttpCheck, QUESTION};
use crate::names::Name;
use crate::words;

/// What came back from an address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
    /// From the question to the last byte.
    pub took: Duration,
}

/// As [`QUESTION`], of what runs a command.
const COMMAND: Duration = Duration::from_secs(30 * 60);
/// Of a text that was found instead of the expected one, so much is shown.
const SHOWN: usize = 60;

/// As they are called in reports, each otherwise than all others. A name says what is asked and what is expected, so that it stays when
/// another check is added; only what is written alike is counted.
pub fn titles<'c>(checks: impl IntoIterator<Item = &'c Check>) -> Vec<String> {
    let mut met: Vec<String> = Vec::new();
    let numbered = |title: String| {
        let alike = met.iter().filter(|one| **one == title).count();
        met.push(title.clone());
        if alike == 0 { title } else { format!("{title} ({})", alike + 1) }
    };
    checks.into_iter().map(title).map(numbered).collect()
}

/// What is asked and what is expected: `http ${api.url}/items status 201`.
fn title(check: &Check) -> String {
    let within = |name: Option<&Name>| name.map(|name| format!(" in {name}")).unwrap_or_default();
    let printed = |prints: &Option<String>| prints.as_ref().map(|line| expected("prints", line)).unwrap_or_default();
    match &check.asks {
        Asks::Http(http) => format!("http {}{}", http.url.as_written(), http_expectations(http)),
        Asks::Task(name) => format!("task {}", name.value),
        Asks::Run { app, run, prints } => {
            let app = within(app.as_ref().map(|app| &app.value));
            format!("run {}{app}{}", first_line(&run.as_written()), printed(prints))
        }
        Asks::Sql { service, query, prints } => {
            format!("sql {}{}{}", first_line(query), within(Some(&service.value)), printed(prints))
        }
        Asks::Tcp(address) => format!("tcp {}", address.as_written()),
    }
}

fn http_expectations(http: &HttpCheck) -> String {
    let status = http.status.map(|status| format!(" status {status}")).unwrap_or_default();
    let body = http.body.as_ref().map(|body| expected("body", body)).unwrap_or_default();
    let json = http.json.iter().map(|(path, value)| expected("json", &format!("{}={value}", shown_path(path))));
    let within = http.within.map(|within| format!(" within {}", words::duration(within))).unwrap_or_default();
    format!("{status}{body}{}{within}", json.collect::<String>())
}

/// ` body first`, in one line.
fn expected(key: &str, value: &str) -> String {
    format!(" {key} {}", cut(&value.split(char::is_control).collect::<Vec<_>>().join(" ")))
}

/// A place in JSON as a manifest usually writes it.
fn shown_path(path: &str) -> &str {
    path.strip_prefix("$.").filter(|rest| !rest.starts_with('.')).unwrap_or(path)
}

/// How long a check may take.
pub fn limit(check: &Check) -> Duration {
    let usual = match &check.asks {
        Asks::Task(_) | Asks::Run { .. } => COMMAND,
        Asks::Http(_) | Asks::Sql { .. } | Asks::Tcp(_) => QUESTION,
    };
    check.timeout.unwrap_or(usual)
}

/// # Errors
/// Everything that is not as expected, each a clause.
pub fn judge_http(expected: &HttpCheck, answer: &Answer) -> Result<(), Vec<String>> {
    let mut wrong = Vec::new();
    match expected.status {
        Some(status) if status != answer.status => {
            wrong.push(format!("answered with status {}, and {status} is expected", answer.status));
        }
        None if answer.status >= 400 => wrong.push(format!("answered with status {}", answer.status)),
        _ => {}
    }
    let text = String::from_utf8_lossy(&answer.body);
    if let Some(part) = expected.body.as_ref().filter(|part| !text.contains(part.as_str())) {
        wrong.push(format!("answered without `{part}`"));
    }
    if !expected.json.is_empty() {
        match serde_json::from_slice::<Value>(&answer.body) {
            Ok(document) => wrong.extend(expected.json.iter().filter_map(|wish| judge_json(&document, wish))),
            Err(_) => wrong.push("did not answer in JSON".to_owned()),
        }
    }
    if let Some(within) = expected.within.filter(|within| answer.took > *within) {
        let (took, within) = (words::duration(answer.took), words::duration(within));
        wrong.push(format!("took {took} to answer, and {within} is expected"));
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// One place in a document: some value there is written so.
fn judge_json(document: &Value, (path, wanted): &(String, String)) -> Option<String> {
    let shown = shown_path(path);
    let Ok(parsed) = JsonPath::parse(path) else { return Some(format!("can't be asked for `{shown}`")) };
    let found = parsed.query(document).all();
    if found.iter().any(|value| as_text(value) == *wanted) {
        return None;
    }
    Some(match found.as_slice() {
        [] => format!("answered without `{shown}`"),
        [one] => format!("answered `{}` at `{shown}`, and `{wanted}` is expected", shown_value(one)),
        [..] => format!("answered {} values at `{shown}`, and none is `{wanted}`", found.len()),
    })
}

/// A value as one line, of a length that can be shown.
fn shown_value(value: &Value) -> String {
    cut(&as_text(value)).split(char::is_control).collect::<Vec<_>>().join(" ")
}

/// A value as a manifest writes it: text without quotes.
fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// # Errors
/// No line is exactly the expected one.
pub fn judge_printed<S: AsRef<str>>(expected: Option<&str>, lines: &[S]) -> Result<(), String> {
    let Some(expected) = expected.map(str::trim) else { return Ok(()) };
    match lines.iter().any(|line| line.as_ref().trim() == expected) {
        true => Ok(()),
        false => Err(format!("printed no line `{expected}`")),
    }
}

fn first_line(text: &str) -> String {
    let mut lines = text.trim().lines();
    let first = lines.next().unwrap_or_default().trim();
    if lines.next().is_some() { format!("{first} …") } else { first.to_owned() }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Check {
        let text =
            format!("apps: {{ api: {{ image: x, port: 80 }} }}\nservices: {{ db: postgres }}\nchecks: [{text}]\n");
        crate::manifest::load("dev.yaml", text.as_bytes()).unwrap().checks.remove(0).value
    }

    fn judged(text: &str, status: u16, body: &str, took_ms: u64) -> String {
        let Asks::Http(http) = check(text).asks else { panic!("no http") };
        let answer = Answer { status, body: body.into(), took: Duration::from_millis(took_ms) };
        judge_http(&http, &answer).err().unwrap_or_default().join("; ")
    }

    #[test]
    fn a_status_is_below_400_or_the_one() {
        assert_eq!(judged("{ http: '${api.url}/' }", 399, "", 1), "");
        assert_eq!(judged("{ http: '${api.url}/' }", 400, "", 1), "answered with status 400");
        assert_eq!(judged("{ http: '${api.url}/', status: 401 }", 401, "", 1), "");
        let wrong = judged("{ http: '${api.url}/', status: 401 }", 200, "", 1);
        assert_eq!(wrong, "answered with status 200, and 401 is expected");
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let text = "{ http: '${api.url}/', body: welcome, within: 200ms, json: { status: ok } }";
        assert_eq!(
            judged(text, 500, "<oops>", 1500),
            "answered with status 500; answered without `welcome`; did not answer in JSON; \
             took 1.5 s to answer, and 200 ms is expected"
        );
        assert_eq!(judged(text, 200, r#"{"status":"ok","x":"welcome"}"#, 200), "");
    }

    #[test]
    fn values_of_json_are_as_they_look() {
        let text = "{ http: '${api.url}/', json: { ok: true, 'items[1].n': 2, $..name: b, none: 'null' } }";
        let body = r#"{"ok":true,"items":[{"name":"a"},{"n":2,"name":"b"}],"none":null}"#;
        assert_eq!(judged(text, 200, body, 1), "");
        assert_eq!(
            judged(text, 200, r#"{"ok":"false","items":[{},{"n":2.5}],"name":"c"}"#, 1),
            "answered `false` at `ok`, and `true` is expected; answered `2.5` at `items[1].n`, and `2` is expected; \
             answered `c` at `$..name`, and `b` is expected; answered without `none`"
        );
    }

    #[test]
    fn a_value_is_told_in_one_line() {
        let text = "{ http: '${api.url}/', json: { ok: true } }";
        let wrong = judged(text, 200, r#"{"ok":"a\n::add-mask::e\r\nb"}"#, 1);
        assert_eq!(wrong, "answered `a ::add-mask::e  b` at `ok`, and `true` is expected");
    }

    #[test]
    fn a_line_is_printed_or_not() {
        let lines = ["1".to_owned(), " 42 ".to_owned()];
        assert_eq!(judge_printed(Some("42"), &lines), Ok(()));
        assert_eq!(judge_printed::<&str>(None, &[]), Ok(()));
        assert_eq!(judge_printed(Some("4"), &lines), Err("printed no line `4`".to_owned()));
    }

    #[test]
    fn a_check_is_called_as_it_is_written() {
        let titled = |text: &str| title(&check(text));
        assert_eq!(titled("{ http: '${api.url}/healthz' }"), "http ${api.url}/healthz");
        assert_eq!(titled("{ sql: \"select 1\\nfrom x\", in: db, prints: 7 }"), "sql select 1 … in db prints 7");
        assert_eq!(titled("{ tcp: '${db.host}:${db.port}' }"), "tcp ${db.host}:${db.port}");
    }

    #[test]
    fn no_two_checks_of_one_address_are_called_the_same() {
        let checks = [
            "{ http: '${api.url}/items', status: 201 }",
            "{ http: '${api.url}/items', body: \"one\\ntwo\" }",
            "{ http: '${api.url}/items', json: { 'items[0].name': first, $..n: 3 }, within: 500ms }",
            "{ http: '${api.url}/items' }",
            "{ http: '${api.url}/items', status: 201 }",
            "{ run: npm test, in: api }",
        ]
        .map(check);
        assert_eq!(
            titles(&checks),
            [
                "http ${api.url}/items status 201",
                "http ${api.url}/items body one two",
                "http ${api.url}/items json items[0].name=first json $..n=3 within 500 ms",
                "http ${api.url}/items",
                "http ${api.url}/items status 201 (2)",
                "run npm test in api",
            ]
        );
    }

    #[test]
    fn a_question_has_half_a_minute_and_a_command_half_an_hour() {
        assert_eq!(limit(&check("{ tcp: '${db.host}:${db.port}' }")), QUESTION);
        assert_eq!(limit(&check("{ run: 'true' }")), COMMAND);
        assert_eq!(limit(&check("{ run: 'true', timeout: 2s }")), Duration::from_secs(2));
    }
}
