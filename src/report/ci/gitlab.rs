//! The markers by which GitLab folds a job's log (docs.gitlab.com/ci/jobs/job_logs).

/// Erases the marker itself from what people see.
const ERASE: &str = "\u{1b}[0K";

pub fn section_start(key: &str, title: &str, now: u64) -> String {
    format!("{ERASE}section_start:{now}:{}\r{ERASE}{title}", name(key))
}

pub fn section_end(key: &str, now: u64) -> String {
    format!("{ERASE}section_end:{now}:{}\r{ERASE}", name(key))
}

/// Letters, digits and `_ . -` only.
fn name(key: &str) -> String {
    key.chars().map(|c| if c.is_ascii_alphanumeric() || "_.-".contains(c) { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_not_end_the_marker() {
        assert_eq!(section_end("a b\r:c", 1), "\u{1b}[0Ksection_end:1:a_b__c\r\u{1b}[0K");
    }
}
