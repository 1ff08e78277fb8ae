//! What an unquoted word of YAML is: nothing, a flag, a number or text, and how a number is printed.

use super::node::Value;

/// As Go's YAML library decides, since values of variables are what it prints: `0123` is 83, `1.10` is 1.1.
pub fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Flag(true),
        "false" | "False" | "FALSE" => return Value::Flag(false),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Value::Number("+Inf".to_owned()),
        "-.inf" | "-.Inf" | "-.INF" => return Value::Number("-Inf".to_owned()),
        ".nan" | ".NaN" | ".NAN" => return Value::Number("NaN".to_owned()),
        _ => {}
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return Value::Text(text.to_owned());
    }
    let digits = text.replace('_', "");
    let number = integer(&digits).or_else(|| float(&digits)).or_else(|| date(text));
    number.map_or_else(|| Value::Text(text.to_owned()), Value::Number)
}

fn integer(digits: &str) -> Option<String> {
    let (sign, rest) = match digits.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", digits.strip_prefix('+').unwrap_or(digits)),
    };
    let (radix, rest) = match rest.get(..2) {
        Some("0x" | "0X") => (16, &rest[2..]),
        Some("0b" | "0B") => (2, &rest[2..]),
        Some("0o" | "0O") => (8, &rest[2..]),
        _ if rest.len() > 1 && rest.starts_with('0') => (8, &rest[1..]),
        _ => (10, rest),
    };
    if !rest.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let value = u64::from_str_radix(rest, radix).ok()?;
    if sign.is_empty() { Some(value.to_string()) } else { i64::try_from(value).ok().map(|value| (-value).to_string()) }
}

fn float(digits: &str) -> Option<String> {
    let is_float = digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E'))
        && digits.contains(|c: char| c.is_ascii_digit());
    let value = is_float.then(|| digits.parse::<f64>().ok()).flatten().filter(|value| value.is_finite())?;
    if value == 0.0 {
        return Some("0".to_owned());
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e')?;
    let exponent: i32 = exponent.parse().ok()?;
    if (-4..6).contains(&exponent) {
        return Some(format!("{value}"));
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    Some(format!("{mantissa}e{sign}{:02}", exponent.abs()))
}

/// A day is a point in time to that library, which it prints as such.
fn date(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return None };
    let number = |part: &str, most: u32| {
        let is_number = !part.is_empty() && part.len() <= 2 && part.chars().all(|c| c.is_ascii_digit());
        is_number.then(|| part.parse::<u32>().ok()).flatten().filter(|number| (1..=most).contains(number))
    };
    let is_year = year.len() == 4 && year.chars().all(|c| c.is_ascii_digit());
    let (month, day) = (number(month, 12)?, number(day, 31)?);
    is_year.then(|| format!("{year}-{month:02}-{day:02} 00:00:00 +0000 UTC"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_what_the_reference_makes_of_them() {
        for (written, printed) in [
            ("1.10", "1.1"),
            ("1e6", "1e+06"),
            ("1234567.5", "1.2345675e+06"),
            ("123456.5", "123456.5"),
            ("0999", "999"),
            ("0123", "83"),
            ("0x1F", "31"),
            ("0o17", "15"),
            ("0b11", "3"),
            ("1_000", "1000"),
            (".5", "0.5"),
            ("5.0", "5"),
            ("+5", "5"),
            ("0.0000001", "1e-07"),
            ("12345678901234567890123", "1.2345678901234568e+22"),
            ("2020-01-01", "2020-01-01 00:00:00 +0000 UTC"),
        ] {
            assert_eq!(plain(written), Value::Number(printed.to_owned()), "{written}");
        }
        for text in ["1:30", "yes", "1.2.3", "22:22", "-", "5s", "0128x", "1e400", "-v", "2020-13-01", "1e"] {
            assert_eq!(plain(text), Value::Text(text.to_owned()), "{text}");
        }
        assert_eq!(plain("TRUE"), Value::Flag(true));
        assert_eq!(plain("~"), Value::Null);
    }
}
