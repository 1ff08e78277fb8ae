//! For how long a database is wanted: `30m`, `4h`, `2d`, `1w`. Pure.

/// The longest lifetime: a year.
const LONGEST_S: u64 = 366 * 24 * 3600;

/// Reads a lifetime; answers seconds, from a minute to a year.
///
/// # Errors
/// What is wrong with it, as a clause that follows its quotation.
pub fn parse(text: &str) -> Result<u64, &'static str> {
    const SHAPE: &str = "is no time such as 30m, 4h, 2d or 1w";
    let text = text.trim();
    let unit = text.chars().last().ok_or(SHAPE)?;
    let seconds = match unit {
        'm' => 60,
        'h' => 3600,
        'd' => 24 * 3600,
        'w' => 7 * 24 * 3600,
        _ => return Err(SHAPE),
    };
    let number: u64 = text[..text.len() - 1].parse().map_err(|_| SHAPE)?;
    match number.checked_mul(seconds) {
        Some(0) => Err("is over at once"),
        Some(all) if all <= LONGEST_S => Ok(all),
        _ => Err("is longer than a year"),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn lifetimes_are_read() {
        assert_eq!(parse("30m"), Ok(1_800));
        assert_eq!(parse(" 4h "), Ok(14_400));
        assert_eq!(parse("1w"), Ok(604_800));
        for wrong in ["", "4", "h", "4 h", "-4h", "4y", "0h", "400d", "99999999999999999999w", "é", "4é"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
