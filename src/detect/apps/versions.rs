//! What a repo says of a version, in the notations of all package managers, and which version of a toolchain fits it.

use crate::catalog::{self, Versions};
use crate::detect::Toolchain;

/// The three numbers that count; what is missing is 0.
type Number = [u32; 3];

const LAST: Number = [u32::MAX; 3];

/// From `low`, and below `high`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    low: Number,
    high: Number,
}

const ANY: Range = Range { low: [0; 3], high: LAST };

/// Versions that would do: inside one of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Requirement(Vec<Range>);

/// Code names of the long-term versions of Node.
const NODE_NAMES: &[(&str, &str)] = &[
    ("argon", "4"),
    ("boron", "6"),
    ("carbon", "8"),
    ("dubnium", "10"),
    ("erbium", "12"),
    ("fermium", "14"),
    ("gallium", "16"),
    ("hydrogen", "18"),
    ("iron", "20"),
    ("jod", "22"),
    ("krypton", "24"),
];

/// The numbers at the beginning of a text and how many there are: `1.18.3-otp-27` is `[1, 18, 3]` and 3.
fn numbers(text: &str) -> Option<(Number, usize)> {
    let mut number = [0; 3];
    let mut count = 0;
    for part in text.trim_start_matches(['v', 'V', '=']).split('.').take(3) {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        let Ok(value) = digits.parse::<u32>() else { break };
        number[count] = value;
        count += 1;
        if digits.len() < part.len() {
            break;
        }
    }
    (count > 0).then_some((number, count))
}

/// The first version that no longer begins with the first `keep` numbers of this one.
fn after(number: Number, keep: usize) -> Number {
    let mut next = [0; 3];
    for (index, value) in number.iter().enumerate().take(keep) {
        next[index] = *value;
    }
    match keep {
        0 => LAST,
        _ => {
            next[keep - 1] = next[keep - 1].saturating_add(1);
            next
        }
    }
}

/// Operators, the longer ones first.
const OPERATORS: &[&str] = &["===", "~=", "~>", ">=", "<=", "==", "!=", "=>", "^", "~", ">", "<", "="];

impl Range {
    fn both(self, other: Self) -> Self {
        Self { low: self.low.max(other.low), high: self.high.min(other.high) }
    }

    fn of(operator: &str, text: &str) -> Option<Self> {
        let (number, count) = numbers(text)?;
        let low = |low| Self { low, high: LAST };
        let high = |high| Self { low: [0; 3], high };
        Some(match operator {
            ">=" | "=>" => low(number),
            ">" => low(if count == 3 { after(number, 3) } else { after(number, count) }),
            "<" => high(number),
            "<=" => high(after(number, count)),
            "!=" => ANY,
            "^" => {
                let keep = number.iter().take(count.max(1)).position(|it| *it > 0).map_or(count, |first| first + 1);
                Self { low: number, high: after(number, keep.clamp(1, 3)) }
            }
            "~>" | "~=" => Self { low: number, high: after(number, (count.max(2)) - 1) },
            "~" => Self { low: number, high: after(number, count.min(2)) },
            _ => Self { low: number, high: after(number, count) },
        })
    }

    fn has(self, number: Number) -> bool {
        self.low <= number && number < self.high
    }
}

impl Requirement {
    /// Reads `>=3.11,<4`, `^20.19 || >=22`, `~> 3.2`, `18.x`, `8.3.*`, `1.2 - 1.5`. `None` = it says no number.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut ranges = Vec::new();
        for alternative in text.replace(" or ", "||").split('|').map(str::trim).filter(|it| !it.is_empty()) {
            ranges.extend(Self::all_of(alternative));
        }
        (!ranges.is_empty()).then_some(Self(ranges))
    }

    /// What has to hold at once.
    fn all_of(text: &str) -> Option<Range> {
        if let Some((from, to)) = text.split_once(" - ") {
            return Some(Range::of(">=", from.trim())?.both(Range::of("<=", to.trim())?));
        }
        let text = text.replace(" and ", ",").replace(char::is_whitespace, ",");
        let (mut whole, mut pending, mut seen) = (ANY, "", false);
        for word in text.split([',', '"', '\'', '(', ')', '[', ']']).filter(|word| !word.is_empty()) {
            let operator = OPERATORS.iter().find(|operator| word.starts_with(**operator)).copied().unwrap_or("");
            let rest = &word[operator.len()..];
            if rest.is_empty() {
                pending = operator;
                continue;
            }
            let operator = if operator.is_empty() { std::mem::take(&mut pending) } else { operator };
            if rest == "*" || rest == "x" {
                seen = true;
            } else if let Some(range) = Range::of(operator, rest) {
                whole = whole.both(range);
                seen = true;
            }
        }
        seen.then_some(whole)
    }

    /// Whether a version fits; of what it leaves open it is the newest: `8` is the last of all 8.x.
    pub(super) fn fits(&self, version: &str) -> bool {
        let Some((mut number, count)) = numbers(version) else { return false };
        let newest = &mut number[count..];
        newest.fill(u32::MAX - 1);
        self.0.iter().any(|range| range.has(number))
    }

    /// The newest short version inside, made from its own bounds.
    fn own(&self) -> Option<String> {
        let range = self.0.iter().max_by_key(|range| range.low)?;
        let below = match range.high {
            LAST => None,
            [0, 0, _] => None,
            [major, 0, 0] => Some(format!("{}", major - 1)),
            [major, minor, 0] => Some(format!("{major}.{}", minor - 1)),
            _ => None,
        };
        let low = range.low;
        let short = |number: Number| {
            let count = number.iter().rposition(|it| *it > 0).map_or(1, |last| last + 1);
            number.iter().take(count).map(ToString::to_string).collect::<Vec<_>>().join(".")
        };
        below.filter(|text| self.fits(text)).or_else(|| (low != [0; 3]).then(|| short(low)))
    }
}

/// Whether a text names one version and no range of them: `22.2.0`, `v20`, `1.18.3-otp-27`, `8.0.x`.
pub(super) fn is_exact(text: &str) -> bool {
    let text = text.trim().trim_start_matches(['v', 'V']);
    text.starts_with(|c: char| c.is_ascii_digit())
        && !text.contains(|c: char| c.is_whitespace() || ",|*<>".contains(c))
        && !text.contains(".x")
}

/// A pin as a toolchain's own versions are written: `20` of `lts/iron`, `17` of `temurin-17.0.9+9`, `3.2.1` of `ruby-3.2.1`.
pub(super) fn plain(id: &str, pin: &str) -> String {
    let pin = pin.trim().trim_matches(['"', '\'']);
    let lower = pin.to_lowercase();
    if id == "node"
        && let Some((_, number)) = NODE_NAMES.iter().find(|(name, _)| lower.ends_with(name))
    {
        return (*number).to_owned();
    }
    match id {
        "java" => java(&lower),
        "dotnet" => lower.trim_start_matches("net").trim_start_matches("coreapp").replace(".x", ""),
        "ruby" => lower.trim_start_matches("ruby-").split("-p").next().unwrap_or_default().to_owned(),
        "go" => lower.trim_start_matches("go").to_owned(),
        _ if lower.ends_with(".x") || lower.ends_with(".*") => lower.trim_end_matches(['x', '*', '.']).to_owned(),
        _ => lower.strip_prefix('v').unwrap_or(&lower).to_owned(),
    }
}

/// `1.8` and `8.0.402-tem` are 8, `temurin-21.0.2+13` is 21: only the first number says which one to take.
fn java(pin: &str) -> String {
    let from = pin.find(|c: char| c.is_ascii_digit()).unwrap_or(pin.len());
    let pin = &pin[from..];
    let pin = pin.strip_prefix("1.").filter(|rest| rest.starts_with(['8', '7', '6'])).unwrap_or(pin);
    pin.chars().take_while(char::is_ascii_digit).collect()
}

/// The version of a catalog's toolchain for what the repo says; `None` = any is right.
pub(super) fn toolchain(id: &str, pin: Option<&str>) -> Toolchain {
    let catalog = |version: Option<String>| Toolchain::of_catalog(id, version);
    let (Some(entry), Some(pin)) = (catalog::runtime(id), pin) else { return catalog(None) };
    match resolve(id, pin, &entry.versions) {
        Some(version) if !entry.versions.accepts(&version) && is_exact(&version) => {
            Toolchain::tools(format!("{}:{}", entry.image, entry.versions.tag(&version)))
        }
        version => catalog(version),
    }
}

fn resolve(id: &str, pin: &str, versions: &Versions) -> Option<String> {
    let text = plain(id, pin);
    if is_exact(&text) {
        let is_written_so = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
        return is_written_so.then_some(text);
    }
    let requirement = Requirement::parse(&text)?;
    let known = std::iter::once(&versions.default).chain(versions.known).find(|known| requirement.fits(known));
    known.map(|known| (*known).to_owned()).or_else(|| requirement.own())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_of_all_package_managers_are_understood() {
        for (requirement, inside, outside) in [
            (">=3.11", "3.13", "3.10"),
            (">=3.11,<4.0", "3", "4"),
            ("^3.9", "3.13", "4.0"),
            ("^20.19.0 || >=22.12.0", "24", "21"),
            (">=20.19.0 <21 || >=22.12.0 <23", "22", "23"),
            ("~> 1.18", "1.19.5", "2.0"),
            ("~> 3.2.0", "3.2.9", "3.3"),
            ("~=3.10", "3.12", "4"),
            ("18.x", "18.2", "19"),
            ("8.3.*", "8.3", "8.4"),
            ("^8.1|^8.2|^8.3", "8", "9"),
            ("16 - 20", "20", "22"),
            (">= 1.13.0", "1.14", "1.12"),
            ("^0.10.2", "0.10.5", "0.11"),
            ("1.18.3-otp-27", "1.18.3", "1.18.4"),
            (">18", "20", "18"),
            ("*", "1", ""),
        ] {
            let parsed = Requirement::parse(requirement).unwrap();
            assert!(parsed.fits(inside), "{inside} is inside {requirement}: {parsed:?}");
            assert!(!parsed.fits(outside), "{outside} is outside {requirement}: {parsed:?}");
        }
        assert_eq!(Requirement::parse("latest"), None);
    }

    #[test]
    fn a_pin_becomes_a_version_that_can_be_had() {
        let shown = |id: &str, pin: &str| match toolchain(id, Some(pin)) {
            Toolchain::Catalog { version, .. } => version.unwrap_or_else(|| "any".to_owned()),
            Toolchain::Tools { image, .. } => image,
            Toolchain::Image(_) | Toolchain::Build { .. } => unreachable!(),
        };
        for (id, pin, version) in [
            ("node", "lts/iron", "20"),
            ("node", "lts/*", "any"),
            ("node", "v22.2.0", "22.2.0"),
            ("node", ">=18", "24"),
            ("node", "18.x", "18"),
            ("node", "^20.9.0", "20"),
            ("node", "16", "docker.io/library/node:16"),
            ("node", "<17", "docker.io/library/node:16"),
            ("python", ">=3.11", "3.13"),
            ("python", ">=3.8,<3.12", "3.11"),
            ("python", "3.12.3", "3.12.3"),
            ("python", "~3.10", "3.10"),
            ("php", ">=8.4", "8"),
            ("php", "8.3.*", "8.3"),
            ("php", "^7.2.5", "7"),
            ("php", "^7.4 || ^8.0", "8"),
            ("ruby", "ruby-3.2.1", "3.2.1"),
            ("ruby", "~> 3.2", "3"),
            ("java", "temurin-17.0.9+9", "17"),
            ("java", "1.8", "8"),
            ("java", "17.0.9-tem", "17"),
            ("dotnet", "net8.0", "8.0"),
            ("dotnet", "8.0.x", "8.0"),
            ("dotnet", "net7.0", "mcr.microsoft.com/dotnet/sdk:7.0"),
            ("elixir", "1.18.3-otp-27", "1.18.3-otp-27"),
            ("elixir", "~> 1.14", "1"),
            ("go", "1.22", "1.22"),
            ("rust", "1.80.0", "1.80.0"),
            ("rust", "stable", "any"),
            ("python", "; rm -rf /", "any"),
            ("node", "9;rm", "any"),
        ] {
            assert_eq!(shown(id, pin), version, "{id} {pin}");
        }
    }
}
