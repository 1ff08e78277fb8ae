//! Bytes -> text that YAML can be read from, or the reason why not.

use crate::manifest::findings::printable;
use crate::problem::{Place, Problem, kinds};
use crate::words;

/// The largest manifest that is read, in bytes. The largest in the wild are a hundred times smaller.
pub const LARGEST: usize = 1_000_000;

/// # Errors
/// Too large, not UTF-8, or empty.
pub fn decode<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str, Box<Problem>> {
    if bytes.len() > LARGEST {
        let size = words::bytes(bytes.len() as u64);
        let limit = words::bytes(LARGEST as u64);
        return Err(Box::new(
            Problem::new(&kinds::MANIFEST_TOO_LARGE, format!("`{file}` is too large to be a manifest"))
                .why(format!("it has {size}; at most {limit} are read"))
                .fix("check that the right file was given, and keep data in files of its own"),
        ));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| Box::new(not_utf8(file, bytes, error.valid_up_to())))?;
    let has_content = text.strip_prefix('\u{feff}').unwrap_or(text).lines().any(|line| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with('#') && line != "---"
    });
    if has_content { Ok(text) } else { Err(Box::new(empty(file))) }
}

/// As [`decode`], for a person's own file: one that says nothing is none, and no line of it is shown, since it may hold the
/// values of secrets.
///
/// # Errors
/// Too large, or not UTF-8.
pub fn decode_own<'a>(file: &str, bytes: &'a [u8]) -> Result<Option<&'a str>, Box<Problem>> {
    match decode(file, bytes) {
        Ok(text) => Ok(Some(text)),
        Err(problem) if problem.kind == &kinds::MANIFEST_EMPTY => Ok(None),
        Err(mut problem) => {
            problem.place.iter_mut().for_each(|place| place.source.clear());
            Err(problem)
        }
    }
}

fn not_utf8(file: &str, bytes: &[u8], valid: usize) -> Problem {
    let problem = Problem::new(&kinds::MANIFEST_NOT_UTF8, format!("`{file}` is not text in UTF-8"));
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return problem.why("it begins like text in UTF-16").fix("save it as UTF-8 in your editor");
    }
    let before = String::from_utf8_lossy(&bytes[..valid]);
    let before = before.strip_prefix('\u{feff}').unwrap_or(&before);
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |index| index + 1);
    let column = before[start..].chars().count() + 1;
    let rest = &bytes[valid - (before.len() - start)..];
    let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()).min(500);
    let source = printable(String::from_utf8_lossy(&rest[..end]).trim_end_matches('\r'));
    let byte = bytes.get(valid).copied().unwrap_or_default();
    problem
        .why(format!("the byte 0x{byte:02X} in line {line}, column {column} does not belong to any character"))
        .fix("save it as UTF-8 in your editor")
        .at(Place {
            file: file.to_owned(),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
            source,
            width: 1,
        })
}

fn empty(file: &str) -> Problem {
    Problem::new(&kinds::MANIFEST_EMPTY, format!("`{file}` says nothing yet"))
        .fix("write what the code needs, for example:\n\nservices:\n  db: postgres\n  cache: redis")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bad_byte_has_a_place() {
        let problem = decode("dev.yaml", b"name: shop\nservices:\n  d\xc3\xa4b: \xff\n").unwrap_err();
        assert_eq!(problem.kind, &kinds::MANIFEST_NOT_UTF8);
        assert_eq!(problem.why, "the byte 0xFF in line 3, column 8 does not belong to any character");
        let place = problem.place.unwrap();
        assert_eq!((place.line, place.column), (3, 8));
        assert_eq!(place.source, "  däb: \u{fffd}");
    }

    #[test]
    fn utf16_is_named() {
        let problem = decode("dev.yaml", b"\xff\xfen\0a\0").unwrap_err();
        assert!(problem.why.contains("UTF-16"), "{}", problem.why);
    }

    #[test]
    fn a_large_file_is_refused_without_reading_it() {
        // Read, it would be refused for what is in it.
        let bytes = vec![0xff; 10_000_000];
        let problem = decode("dev.yaml", &bytes).unwrap_err();
        assert_eq!(problem.kind, &kinds::MANIFEST_TOO_LARGE);
        assert_eq!(problem.why, "it has 10 MB; at most 1.0 MB are read");
    }

    #[test]
    fn a_file_without_content_is_answered_with_an_example() {
        for text in ["", "\n\n", "\u{feff}", "# nothing\n\n  # here\n", "---\n", "\r\n"] {
            let problem = decode("dev.yaml", text.as_bytes()).unwrap_err();
            assert_eq!(problem.kind, &kinds::MANIFEST_EMPTY, "{text:?}");
            assert!(problem.fixes[0].ends_with("services:\n  db: postgres\n  cache: redis"));
        }
    }
}
