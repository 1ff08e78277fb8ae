//! The way to the world as apps have it: a proxy and certificates that only this computer reaches or trusts.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::bed::{Checkout, free_port};
use crate::support::Ran;

const SHOP: &str = "apps: { api: { runtime: python, run: python -m http.server $PORT, port: 8000 } }\n";

fn has(ran: &Ran, id: &str) -> bool {
    ran.json()["findings"].as_array().unwrap().iter().any(|finding| finding["id"] == id)
}

/// What a look from inside told of one thing. Where the computer is busy one may not come in time: then there is another.
fn told(shop: &Checkout, what: &str, answer: &str) -> (Value, Ran) {
    for _ in 0..10 {
        let doctor = shop.run(&["doctor", "--json"]);
        let told = doctor.json()["facts"]["inside"][what][answer].clone();
        if !told.is_null() {
            return (told, doctor);
        }
    }
    panic!("in ten looks it was never told: {}", shop.run(&["doctor", "--json"]).stdout);
}

#[test]
fn a_proxy_that_only_this_computer_reaches_is_told() {
    let mut shop = Checkout::new(SHOP);
    shop.up();
    let own = TcpListener::bind("127.0.0.1:0").unwrap();
    shop.set("HTTPS_PROXY", &format!("http://sam:hush9@127.0.0.1:{}", own.local_addr().unwrap().port()));
    let (answers, doctor) = told(&shop, "proxy", "answers");
    assert!(answers == false && has(&doctor, "proxy-inside"), "{}", doctor.stdout);
    assert!(!doctor.stdout.contains("hush9"), "{}", doctor.stdout);
    // One that listens for everybody is reached by apps, too.
    let open = TcpListener::bind("0.0.0.0:0").unwrap();
    shop.set("HTTPS_PROXY", &format!("http://127.0.0.1:{}", open.local_addr().unwrap().port()));
    let (answers, doctor) = told(&shop, "proxy", "answers");
    assert!(answers == true && !has(&doctor, "proxy-inside"), "{}", doctor.stdout);
}

/// Ends with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn openssl(folder: &Path, arguments: &[&str]) {
    let ran = Command::new("openssl").args(arguments).current_dir(folder).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

/// A server with a certificate that an authority of the test has issued for this address.
fn secure_server(folder: &Path, address: &str, port: u16) -> Server {
    let new = ["req", "-newkey", "rsa:2048", "-nodes", "-subj"];
    openssl(
        folder,
        &[&new[..], &["/CN=Test authority", "-x509", "-days", "2", "-keyout", "ca.key", "-out", "ca.pem"]].concat(),
    );
    openssl(folder, &[&new[..], &["/CN=mirror", "-keyout", "own.key", "-out", "own.csr"]].concat());
    std::fs::write(folder.join("own.ext"), format!("subjectAltName=IP:{address}\n")).unwrap();
    let sign = ["x509", "-req", "-in", "own.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"];
    openssl(folder, &[&sign[..], &["-extfile", "own.ext", "-out", "own.pem"]].concat());
    let accept = format!("{address}:{port}");
    let serve = ["s_server", "-quiet", "-www", "-accept", &accept, "-cert", "own.pem", "-key", "own.key"];
    let mut command = Command::new("openssl");
    command.args(serve).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let server = Server(command.spawn().unwrap());
    while std::net::TcpStream::connect((address, port)).is_err() {
        std::thread::yield_now();
    }
    server
}

/// As apps reach it.
fn address_of_this_computer() -> String {
    let shown = Command::new("ip").args(["-4", "-o", "address", "show", "docker0"]).output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    let address = shown.split_whitespace().skip_while(|word| *word != "inet").nth(1).unwrap();
    address.split('/').next().unwrap().to_owned()
}

#[test]
fn a_certificate_is_looked_at_by_apps_with_what_they_trust() {
    let mut shop = Checkout::new(SHOP);
    let folder = tempfile::tempdir().unwrap();
    let (gateway, port) = (address_of_this_computer(), free_port());
    let _server = secure_server(folder.path(), &gateway, port);
    let mirror = shop.variables["DEVENV_MIRROR"].clone();
    // A file that only some programs of this computer are told of counts for every app.
    let authority = folder.path().join("ca.pem");
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    for (file, is_trusted) in [(authority.to_str().unwrap(), true), ("/etc/ssl/certs/ca-certificates.crt", false)] {
        shop.set("NODE_EXTRA_CA_CERTS", file);
        shop.set("DEVENV_MIRROR", &mirror);
        shop.up();
        shop.set("DEVENV_MIRROR", &format!("{gateway}:{port}"));
        let (trusted, doctor) = told(&shop, "secure", "trusted");
        assert_eq!(
            (trusted, has(&doctor, "certificates-inside")),
            (is_trusted.into(), !is_trusted),
            "{}",
            doctor.stdout
        );
        shop.set("DEVENV_MIRROR", &mirror);
        shop.run(&["down"]).expect_success();
    }
}

/// Whoever offers downloads has another time: that is told of mirrors on other computers, too.
#[test]
fn the_clock_of_a_mirror_elsewhere_is_held_against_ours() {
    let mut shop = Checkout::new(SHOP);
    let listener = TcpListener::bind((address_of_this_computer(), 0)).unwrap();
    shop.set("DEVENV_MIRROR", &listener.local_addr().unwrap().to_string());
    std::thread::spawn(move || {
        for mut visitor in listener.incoming().flatten() {
            let _ = visitor.read(&mut [0; 1024]);
            let _ = visitor.write_all(b"HTTP/1.0 400 Bad Request\r\nDate: Thu, 01 Jan 1970 00:01:05 GMT\r\n\r\n");
        }
    });
    let doctor = shop.run(&["doctor", "--json"]);
    assert!(has(&doctor, "clock-wrong"), "{}", doctor.stdout);
}
