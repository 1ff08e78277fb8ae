//! SARIF 2.1.0: problems of the manifest with their places, for code scanning.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::events::ProblemReport;
use crate::words;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The whole document; one without results says that nothing is wrong.
pub fn render<'a>(version: &str, problems: impl IntoIterator<Item = &'a ProblemReport>) -> Value {
    let problems: Vec<&ProblemReport> = problems.into_iter().filter(|problem| problem.place.is_some()).collect();
    let rules: BTreeMap<&str, Value> = problems.iter().map(|problem| (problem.kind.id, rule(problem))).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "devenv", "semanticVersion": version, "rules": rules.into_values().collect::<Vec<_>>() } },
            "columnKind": "unicodeCodePoints",
            "results": problems.into_iter().map(result).collect::<Vec<_>>(),
        }],
    })
}

fn rule(problem: &ProblemReport) -> Value {
    let page: Vec<&str> = problem.kind.page.split_whitespace().collect();
    json!({
        "id": problem.kind.id,
        "shortDescription": { "text": problem.kind.title },
        "fullDescription": { "text": page.join(" ") },
        "help": { "text": format!("devenv explain {}", problem.kind.id) },
    })
}

fn result(problem: &ProblemReport) -> Value {
    let location = problem.place.as_ref().map(|place| {
        json!({ "physicalLocation": {
            "artifactLocation": { "uri": words::percent_encoded_path(&place.file) },
            "region": { "startLine": place.line, "startColumn": place.column },
        } })
    });
    json!({
        "ruleId": problem.kind.id,
        "level": "error",
        "message": { "text": words::said(&problem.what, &problem.why, &problem.fixes) },
        "locations": location.into_iter().collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_of_a_manifest_has_its_place_and_its_rule() {
        let text = "services: { db: postgers }\nchecks: [{ http: /x }, { http: /y }]\n";
        let problems = crate::manifest::load("dev.yaml", text.as_bytes()).unwrap_err();
        let reports: Vec<_> = problems.iter().map(ProblemReport::from).collect();
        let document = render("1.2.3", &reports);
        let run = &document["runs"][0];
        let ids: Vec<_> = run["tool"]["driver"]["rules"].as_array().unwrap().iter().map(|rule| &rule["id"]).collect();
        assert_eq!(ids, ["manifest-bad-address", "manifest-unknown-service"]);
        assert_eq!(run["results"].as_array().unwrap().len(), 3);
        let first = &run["results"][0];
        assert_eq!(first["ruleId"], "manifest-unknown-service");
        assert_eq!(
            first["locations"][0]["physicalLocation"],
            json!({ "artifactLocation": { "uri": "dev.yaml" }, "region": { "startLine": 1, "startColumn": 17 } })
        );
    }

    #[test]
    fn nothing_wrong_is_a_document_too() {
        assert_eq!(render("1", [])["runs"][0]["results"], json!([]));
    }
}
