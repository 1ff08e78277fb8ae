//! Which addresses this computer's routes lead to.

use std::fmt;
use std::net::Ipv4Addr;
use std::path::Path;

use super::files::read_small;

/// Addresses that begin with the same bits, as in `10.200.0.0/26`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressRange {
    first: Ipv4Addr,
    /// 1 to 32.
    bits: u32,
}

impl AddressRange {
    pub fn new(first: Ipv4Addr, bits: u32) -> Self {
        Self { first, bits: bits.clamp(1, 32) }
    }

    /// Whether some address is in both.
    pub fn overlaps(&self, other: &Self) -> bool {
        let common = 32 - self.bits.min(other.bits);
        self.first.to_bits() >> common == other.first.to_bits() >> common
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.bits)
    }
}

/// Ranges that an interface or a route has, a VPN's among them, where the system lets us see them (Linux).
///
/// Routes that lead nearly everywhere, as the default one does, are left out: they would forbid all there is.
pub fn routed() -> Vec<AddressRange> {
    let table = read_small(Path::new("/proc/net/route")).unwrap_or_default();
    ranges(&String::from_utf8_lossy(&table))
}

/// A table in the form of `/proc/net/route`: destination and mask are the second and the eighth word, in the order of this computer's bytes.
fn ranges(table: &str) -> Vec<AddressRange> {
    const LEAST_BITS: u32 = 4;
    let number = |word: &&str| u32::from_str_radix(word, 16).ok().map(|number| number.to_ne_bytes());
    let range = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let mask = u32::from_be_bytes(words.get(7).and_then(number)?);
        let first = Ipv4Addr::from(words.get(1).and_then(number)?);
        (mask.count_ones() >= LEAST_BITS).then(|| AddressRange::new(first, mask.count_ones()))
    };
    table.lines().skip(1).filter_map(range).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn what_routes_lead_to_is_read_and_the_default_one_is_not_everything() {
        let table = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n\
            eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n\
            tun0\t00000000\t010200C0\t0003\t0\t0\t0\t00000080\t0\t0\t0\n\
            tun0\t0000C80A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n";
        assert_eq!(ranges(table), [AddressRange::new(Ipv4Addr::new(10, 200, 0, 0), 16)]);
    }
}
