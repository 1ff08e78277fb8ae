//! An engine whose address ranges are all in use: by many environments, or by other tools.

use std::collections::BTreeSet;

use crate::bed::{Checkout, docker};
use crate::passage::{Act, Passage};

const USED_UP: &str =
    "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network";

/// An engine that has no range of its own choice left, and is otherwise the one of the test bed.
fn without_ranges(checkout: &mut Checkout) {
    let passage = Passage::in_front_of(checkout);
    passage.at_those_without("POST /networks/create", "Subnet", Act::refuse("404 Not Found", USED_UP));
}

/// Where the engine has no address range left for another environment (`addresses-used-up`), each still gets one of its own, and
/// those that are there keep theirs.
#[test]
fn environments_beyond_the_engines_own_ranges_come_up_side_by_side() {
    let mut shop = Checkout::empty();
    without_ranges(&mut shop);
    let folders = ["one", "two", "three"];
    for folder in folders {
        shop.write(
            &format!("{folder}/dev.yaml"),
            "services: { web: { image: \"library/busybox:1\", run: httpd -f -h /etc, port: 80 } }\n",
        );
    }
    let ups = folders.map(|folder| shop.start(&["-C", folder, "up"]));
    for up in ups {
        let up = up.wait().expect_success();
        assert!(!up.all().contains("addresses-used-up"), "{}", up.all());
    }
    let root = shop.root();
    let ranges: BTreeSet<String> = folders
        .into_iter()
        .map(|folder| {
            let filter = format!("label=devenv.checkout={}", root.join(folder).display());
            let id = docker(&["network", "ls", "-q", "--filter", &filter]);
            docker(&["network", "inspect", "--format", "{{range .IPAM.Config}}{{.Subnet}}{{end}}", id.trim()])
        })
        .collect();
    assert_eq!(ranges.len(), 3, "{ranges:?}");
    assert!(ranges.iter().all(|range| range.trim().ends_with("/26")), "{ranges:?}");
}
