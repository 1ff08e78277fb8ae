//! An engine whose address ranges are all in use: by many environments, or by other tools.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};

use crate::bed::{Checkout, docker};

const USED_UP: &str = r#"{"message":"could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network"}"#;

/// An engine that has no range of its own choice left, and is otherwise the one of the test bed.
fn without_ranges(checkout: &mut Checkout) {
    let engine = checkout.variables["DOCKER_HOST"].trim_start_matches("unix://").to_owned();
    let path = checkout.place.path().join("passage.sock");
    let listener = UnixListener::bind(&path).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
    checkout.set("DOCKER_HOST", &format!("unix://{}", path.display()));
    std::thread::spawn(move || {
        for visitor in listener.incoming().flatten() {
            let behind = UnixStream::connect(&engine).unwrap();
            let (answers, answered) = (behind.try_clone().unwrap(), visitor.try_clone().unwrap());
            std::thread::spawn(move || hand_on(answers, answered));
            std::thread::spawn(move || hand_on(visitor, behind));
        }
    });
}

/// Hands requests and answers on, but a request for a network that names no range is answered here.
fn hand_on(mut from: UnixStream, mut to: UnixStream) {
    let mut buffer = [0; 64 * 1024];
    while let Ok(number @ 1..) = from.read(&mut buffer) {
        let text = String::from_utf8_lossy(&buffer[..number]).into_owned();
        if text.starts_with("POST /networks/create") && !text.contains("Subnet") {
            let head = "HTTP/1.1 404 Not Found\r\nContent-Type: application/json";
            write!(from, "{head}\r\nContent-Length: {}\r\n\r\n{USED_UP}", USED_UP.len()).unwrap();
        } else if to.write_all(&buffer[..number]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Write);
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
    ups.into_iter().for_each(|up| drop(up.wait().expect_success()));
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
