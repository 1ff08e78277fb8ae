//! Annotations of GitHub Actions: a problem at its place in the changes of a pull request
//! (docs.github.com, "Workflow commands for GitHub Actions").

use crate::events::ProblemReport;
use crate::words;

/// One line for each problem.
pub fn annotations<'a>(problems: impl IntoIterator<Item = &'a ProblemReport>) -> Vec<String> {
    problems.into_iter().map(annotation).collect()
}

fn annotation(problem: &ProblemReport) -> String {
    let mut properties = Vec::new();
    if let Some(place) = &problem.place {
        properties.push(format!("file={}", property(&place.file)));
        properties.push(format!("line={}", place.line));
        properties.push(format!("col={}", place.column));
    }
    properties.push(format!("title={}", property(problem.kind.id)));
    format!("::error {}::{}", properties.join(","), data(&words::said(&problem.what, &problem.why, &problem.fixes)))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::PlaceReport;
    use crate::problem::{Problem, kinds};

    #[test]
    fn a_problem_is_one_line_with_its_place() {
        let problem = Problem::new(&kinds::CHECK_FAILED, "100 % wrong").why("a\r\nb").fix("devenv up");
        let mut report = ProblemReport::from(&problem);
        assert_eq!(
            annotations([&report]),
            ["::error title=check-failed::100 %25 wrong%0Awhy: a%0D%0Ab%0Afix: devenv up"]
        );
        report.place = Some(PlaceReport { file: "a,b:c.yaml".into(), line: 3, column: 7 });
        assert!(annotations([&report])[0].starts_with("::error file=a%2Cb%3Ac.yaml,line=3,col=7,title=check-failed::"));
    }
}
