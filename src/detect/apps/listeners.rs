//! Programs that answer requests without a framework that is known: by what their own code calls.

use super::{Found, Role, ports, scan};
use crate::detect::Fact;
use crate::repo::{Repo, name_of};

/// An ending of files, and what code in them calls to listen.
const CALLS: &[(&str, &[&str])] = &[
    (".java", &["HttpServer.create(", "new ServerSocket("]),
    (".kt", &["HttpServer.create(", "embeddedServer(", "ServerSocket("]),
    (".scala", &["HttpServer.create(", "new ServerSocket("]),
    (".rs", &["TcpListener::bind(", "Server::http(", "Server::bind("]),
    (".ex", &[":gen_tcp.listen("]),
    (".erl", &["gen_tcp:listen("]),
    (".cr", &["HTTP::Server.new", "TCPServer.new"]),
    (".rb", &["TCPServer.new", "WEBrick::HTTPServer"]),
    (".pl", &["HTTP::Daemon", "IO::Socket::INET"]),
    (".dart", &["HttpServer.bind("]),
    (".nim", &["newAsyncHttpServer("]),
    (".cs", &["new HttpListener(", "new TcpListener("]),
];

/// How many files of a project are looked into.
const MOST_FILES: usize = 200;

/// Calls that are handed a port as a plain number, beside those above.
const BINDS: &[&str] = &["InetSocketAddress(", "bind_tcp", "LocalPort", "Port("];

/// Makes servers of those programs whose code says on which port they listen.
pub(super) fn look(repo: &Repo, found: &mut Found) {
    if found.role != Role::Program || found.app.run.is_none() || found.app.port.is_some() {
        return;
    }
    let is_test = |path: &str| path.split('/').any(|part| ["test", "tests", "spec", "examples"].contains(&part));
    let folder = found.app.path.clone();
    let own = repo.below(&folder).filter(|path| !is_test(path.strip_prefix(&folder).unwrap_or(path)));
    let mut listening = own.take(MOST_FILES * 10).filter_map(|path| {
        let (_, calls) = CALLS.iter().find(|(ending, _)| name_of(path).ends_with(ending))?;
        let text = repo.text(path)?;
        calls.iter().any(|call| text.contains(call)).then(|| path.to_owned())
    });
    let files: Vec<String> = listening.by_ref().take(MOST_FILES).collect();
    if let Some(port) = ports::of_code(repo, &files).or_else(|| files.iter().find_map(|path| bound(repo, path))) {
        found.role = Role::Server;
        found.app.port = Some(port);
    }
}

/// The first number behind such a call that can be a port.
fn bound(repo: &Repo, path: &str) -> Option<Fact<u16>> {
    let text = repo.text(path)?;
    let calls = || CALLS.iter().flat_map(|(_, calls)| calls.iter()).chain(BINDS);
    scan::lines(&text).find_map(|(number, line)| {
        let after = calls().find_map(|call| line.split_once(call)).map(|(_, after)| after)?;
        let numbers = after.split(|c: char| !c.is_ascii_digit() && c != '_' && c != '.');
        let port = numbers.filter_map(|digits| digits.parse().ok()).find_map(scan::is_port)?;
        Some(ports::at(port, path, number))
    })
}
